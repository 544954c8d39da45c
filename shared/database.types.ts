export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "api": {
    Tables: {
      [_ in never]: never;
    };
    Views: {
      [_ in never]: never;
    };
    Functions: {
      "approval_queue": { Args: { "filter"?: Json }; Returns: Json };
      "approve_tasks": {
        Args: { "approved"?: boolean; "options"?: Json; "reason"?: string; "task_ids"?: (string)[] };
        Returns: Json;
      };
      "assign_task": { Args: { "assigned_to": string; "task_id": string }; Returns: Json };
      "cancel_task": { Args: { "reason"?: string; "task_id": string }; Returns: Json };
      "complete_task": {
        Args: { "actual_hours"?: number; "notes"?: string; "task_id": string };
        Returns: Json;
      };
      "create_task": { Args: { "task": Json }; Returns: Json };
      "create_tasks": { Args: { "mode"?: string; "tasks": Json }; Returns: Json };
      "list_tasks": { Args: { "filter"?: Json }; Returns: Json };
      "orchestrator_status": { Args: Record<PropertyKey, never>; Returns: Json };
      "set_role": { Args: { "role": string; "user_id": string }; Returns: Json };
      "submit_task": { Args: { "task_id": string }; Returns: Json };
      "task_stats": { Args: { "filter"?: Json }; Returns: Json };
      "unassign_task": { Args: { "task_id": string }; Returns: Json };
      "update_agent": { Args: { "agent_id": string; "changes"?: Json }; Returns: Json };
      "verify_audit": { Args: { "resource_id": string; "resource_type": string }; Returns: Json };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
  "public": {
    Tables: {
      "agent_categories": {
        Row: {
          "agent_id": string;
          "category": string;
        };
        ComputedFields: never;
        Insert: {
          "agent_id": string;
          "category": string;
        };
        Update: {
          "agent_id"?: string;
          "category"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "agent_categories_belong_to_an_agent";
            columns: ["agent_id"];
            isOneToOne: false;
            referencedRelation: "agents";
            referencedColumns: ["id"];
          },
        ];
      };
      "agents": {
        Row: {
          "active": boolean;
          "auto_submit": boolean;
          "created_at": string;
          "daily_quota": number;
          "id": string;
          "last_seen_at": string | null;
          "marketplace": string | null;
          "updated_at": string;
          "version": number;
        };
        ComputedFields: never;
        Insert: {
          "active"?: boolean;
          "auto_submit"?: boolean;
          "created_at"?: string;
          "daily_quota"?: number;
          "id": string;
          "last_seen_at"?: string | null;
          "marketplace"?: string | null;
          "updated_at"?: string;
          "version"?: number;
        };
        Update: {
          "active"?: boolean;
          "auto_submit"?: boolean;
          "created_at"?: string;
          "daily_quota"?: number;
          "id"?: string;
          "last_seen_at"?: string | null;
          "marketplace"?: string | null;
          "updated_at"?: string;
          "version"?: number;
        };
        Relationships: [];
      };
      "audit_logs": {
        Row: {
          "action": string;
          "actor_id": string;
          "actor_kind": string;
          "after": Json | null;
          "at": string;
          "before": Json | null;
          "hash": string;
          "prev_hash": string | null;
          "request_id": string | null;
          "resource_id": string;
          "resource_type": string;
          "seq": number;
        };
        ComputedFields: never;
        Insert: {
          "action": string;
          "actor_id": string;
          "actor_kind": string;
          "after"?: Json | null;
          "at": string;
          "before"?: Json | null;
          "hash": string;
          "prev_hash"?: string | null;
          "request_id"?: string | null;
          "resource_id": string;
          "resource_type": string;
          "seq": number;
        };
        Update: {
          "action"?: string;
          "actor_id"?: string;
          "actor_kind"?: string;
          "after"?: Json | null;
          "at"?: string;
          "before"?: Json | null;
          "hash"?: string;
          "prev_hash"?: string | null;
          "request_id"?: string | null;
          "resource_id"?: string;
          "resource_type"?: string;
          "seq"?: number;
        };
        Relationships: [];
      };
      "marketplace_tasks": {
        Row: {
          "actual_hours": number | null;
          "approval_reason": string | null;
          "approved_at": string | null;
          "approved_by": string | null;
          "assigned_to": string | null;
          "cancellation_reason": string | null;
          "cancelled_at": string | null;
          "cancelled_by": string | null;
          "category": string;
          "change_number": number;
          "changed_xid": unknown;
          "completed_at": string | null;
          "completed_by": string | null;
          "completion_notes": string | null;
          "created_at": string;
          "created_by": string;
          "description": string;
          "due_at": string | null;
          "estimated_hours": number;
          "external_ref": string | null;
          "id": string;
          "marketplace": string;
          "metadata": NonNullable<Json>;
          "priority": string;
          "priority_rank": number;
          "rejected_at": string | null;
          "rejected_by": string | null;
          "rejection_reason": string | null;
          "started_at": string | null;
          "status": string;
          "submitted_at": string | null;
          "tags": (string)[];
          "title": string;
          "updated_at": string;
          "version": number;
        };
        ComputedFields: never;
        Insert: {
          "actual_hours"?: number | null;
          "approval_reason"?: string | null;
          "approved_at"?: string | null;
          "approved_by"?: string | null;
          "assigned_to"?: string | null;
          "cancellation_reason"?: string | null;
          "cancelled_at"?: string | null;
          "cancelled_by"?: string | null;
          "category": string;
          "change_number"?: number;
          "changed_xid"?: unknown;
          "completed_at"?: string | null;
          "completed_by"?: string | null;
          "completion_notes"?: string | null;
          "created_at"?: string;
          "created_by": string;
          "description": string;
          "due_at"?: string | null;
          "estimated_hours": number;
          "external_ref"?: string | null;
          "id"?: string;
          "marketplace": string;
          "metadata"?: NonNullable<Json>;
          "priority": string;
          "priority_rank"?: never;
          "rejected_at"?: string | null;
          "rejected_by"?: string | null;
          "rejection_reason"?: string | null;
          "started_at"?: string | null;
          "status"?: string;
          "submitted_at"?: string | null;
          "tags"?: (string)[];
          "title": string;
          "updated_at"?: string;
          "version"?: number;
        };
        Update: {
          "actual_hours"?: number | null;
          "approval_reason"?: string | null;
          "approved_at"?: string | null;
          "approved_by"?: string | null;
          "assigned_to"?: string | null;
          "cancellation_reason"?: string | null;
          "cancelled_at"?: string | null;
          "cancelled_by"?: string | null;
          "category"?: string;
          "change_number"?: number;
          "changed_xid"?: unknown;
          "completed_at"?: string | null;
          "completed_by"?: string | null;
          "completion_notes"?: string | null;
          "created_at"?: string;
          "created_by"?: string;
          "description"?: string;
          "due_at"?: string | null;
          "estimated_hours"?: number;
          "external_ref"?: string | null;
          "id"?: string;
          "marketplace"?: string;
          "metadata"?: NonNullable<Json>;
          "priority"?: string;
          "priority_rank"?: never;
          "rejected_at"?: string | null;
          "rejected_by"?: string | null;
          "rejection_reason"?: string | null;
          "started_at"?: string | null;
          "status"?: string;
          "submitted_at"?: string | null;
          "tags"?: (string)[];
          "title"?: string;
          "updated_at"?: string;
          "version"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "marketplace_tasks_created_by_an_agent";
            columns: ["created_by"];
            isOneToOne: false;
            referencedRelation: "agents";
            referencedColumns: ["id"];
          },
        ];
      };
      "user_profile": {
        Row: {
          "created_at": string;
          "display_name": string | null;
          "id": string;
          "role": string;
          "updated_at": string;
          "version": number;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "display_name"?: string | null;
          "id": string;
          "role"?: string;
          "updated_at"?: string;
          "version"?: number;
        };
        Update: {
          "created_at"?: string;
          "display_name"?: string | null;
          "id"?: string;
          "role"?: string;
          "updated_at"?: string;
          "version"?: number;
        };
        Relationships: [];
      };
    };
    Views: {
      [_ in never]: never;
    };
    Functions: {
      "get_marketplace_daily_stats": {
        Args: { "day"?: string; "timezone"?: string };
        Returns: {
          "approved": number;
          "avg_completion_time": number;
          "completed": number;
          "created": number;
          "in_progress": number;
          "marketplace": string;
          "queue_awaiting_approval": number;
          "queue_in_progress": number;
          "queue_pending": number;
          "rejected": number;
          "submitted": number;
        }[];
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Insert: infer I;
  } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Update: infer U;
  } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "api": {
    Enums: {},
  },
  "public": {
    Enums: {},
  },
} as const;
