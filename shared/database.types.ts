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
      "announce_maintenance": { Args: { "message": string }; Returns: Json };
      "approval_queue": { Args: { "filter"?: Json }; Returns: Json };
      "approve_tasks": {
        Args: { "approved"?: boolean; "options"?: Json; "reason"?: string; "task_ids"?: (string)[] };
        Returns: Json;
      };
      "archive_sessions": { Args: Record<PropertyKey, never>; Returns: Json };
      "assign_task": { Args: { "assigned_to": string; "task_id": string }; Returns: Json };
      "begin_confirm": {
        Args: { "accept_total_cents": number; "providers": Json; "token_hash": string };
        Returns: Json;
      };
      "begin_route": { Args: { "deadline_ms": number; "providers": Json; "request": Json }; Returns: Json };
      "cancel_route": { Args: { "reason"?: string; "route_id": string }; Returns: Json };
      "cancel_session": { Args: { "reason": string; "session_id": string }; Returns: Json };
      "cancel_task": { Args: { "reason"?: string; "task_id": string }; Returns: Json };
      "claim_deliveries": { Args: { "max"?: number }; Returns: Json };
      "claim_unsettled_orders": { Args: { "max_orders"?: number }; Returns: Json };
      "complete_task": {
        Args: { "actual_hours"?: number; "notes"?: string; "task_id": string };
        Returns: Json;
      };
      "create_session": { Args: { "session": Json }; Returns: Json };
      "create_task": { Args: { "task": Json }; Returns: Json };
      "create_tasks": { Args: { "mode"?: string; "tasks": Json }; Returns: Json };
      "expiration_warnings": { Args: Record<PropertyKey, never>; Returns: Json };
      "explain_route": { Args: { "route_id": string }; Returns: Json };
      "find_routed_order": { Args: { "provider_id": string; "provider_order_id": string }; Returns: Json };
      "finish_confirm": {
        Args: { "attempt": number; "order_id": string; "providers"?: Json; "result": Json };
        Returns: Json;
      };
      "get_auto_bid": { Args: { "session_id": string }; Returns: Json };
      "get_circuits": { Args: Record<PropertyKey, never>; Returns: Json };
      "get_session": { Args: { "session_id": string; "since"?: number }; Returns: Json };
      "list_notifications": { Args: { "filter"?: Json }; Returns: Json };
      "list_tasks": { Args: { "filter"?: Json }; Returns: Json };
      "mark_notification_read": { Args: { "notification_id": string }; Returns: Json };
      "orchestrator_status": { Args: Record<PropertyKey, never>; Returns: Json };
      "record_deliveries": { Args: { "results": Json }; Returns: Json };
      "record_job_run": {
        Args: { "details": Json; "error"?: string; "job": string; "processed": number; "started_at": string };
        Returns: Json;
      };
      "record_outcome": { Args: { "outcome": Json }; Returns: Json };
      "record_provider_status": { Args: { "order_id": string; "state": Json }; Returns: Json };
      "record_settlement": {
        Args: { "external_id"?: string; "session_id": string; "side": string; "status": string };
        Returns: Json;
      };
      "release_route": { Args: { "route_id": string }; Returns: Json };
      "save_route": { Args: { "outcome": Json; "route_id": string }; Returns: Json };
      "session_cleanup": { Args: Record<PropertyKey, never>; Returns: Json };
      "set_auto_bid": { Args: { "max_amount_cents"?: number; "session_id": string }; Returns: Json };
      "set_role": { Args: { "role": string; "user_id": string }; Returns: Json };
      "settle_unknown_order": {
        Args: { "attempt": number; "order_id": string; "result": Json };
        Returns: Json;
      };
      "stored_decisions": { Args: { "after"?: string; "most"?: number }; Returns: Json };
      "submit_bid": { Args: { "amount_cents": number; "session_id": string }; Returns: Json };
      "submit_task": { Args: { "task_id": string }; Returns: Json };
      "task_stats": { Args: { "filter"?: Json }; Returns: Json };
      "unassign_task": { Args: { "task_id": string }; Returns: Json };
      "update_agent": { Args: { "agent_id": string; "changes"?: Json }; Returns: Json };
      "verify_audit": { Args: { "resource_id": string; "resource_type": string }; Returns: Json };
      "verify_routing": { Args: Record<PropertyKey, never>; Returns: Json };
      "verify_session": { Args: { "session_id": string }; Returns: Json };
      "withdraw_bid": { Args: { "session_id": string }; Returns: Json };
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
      "bid_details": {
        Row: {
          "seq": number;
          "session_id": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "seq": number;
          "session_id": string;
          "user_id": string;
        };
        Update: {
          "seq"?: number;
          "session_id"?: string;
          "user_id"?: string;
        };
        Relationships: [];
      };
      "bidding_auto_bids": {
        Row: {
          "max_amount_cents": number | null;
          "rounds_used": number;
          "session_id": string;
          "set_at": string | null;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "max_amount_cents"?: number | null;
          "rounds_used"?: number;
          "session_id": string;
          "set_at"?: string | null;
          "user_id": string;
        };
        Update: {
          "max_amount_cents"?: number | null;
          "rounds_used"?: number;
          "session_id"?: string;
          "set_at"?: string | null;
          "user_id"?: string;
        };
        Relationships: [];
      };
      "bidding_notifications": {
        Row: {
          "created_at": string;
          "data": NonNullable<Json>;
          "notification_id": string;
          "read_at": string | null;
          "seq": number;
          "session_id": string;
          "type": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at": string;
          "data": NonNullable<Json>;
          "notification_id": string;
          "read_at"?: string | null;
          "seq": number;
          "session_id": string;
          "type": string;
          "user_id": string;
        };
        Update: {
          "created_at"?: string;
          "data"?: NonNullable<Json>;
          "notification_id"?: string;
          "read_at"?: string | null;
          "seq"?: number;
          "session_id"?: string;
          "type"?: string;
          "user_id"?: string;
        };
        Relationships: [];
      };
      "bidding_participants": {
        Row: {
          "alias": string;
          "archetype": string;
          "joined_at": string;
          "session_id": string;
          "user_id": string;
          "withdrawn_at": string | null;
        };
        ComputedFields: never;
        Insert: {
          "alias": string;
          "archetype"?: string;
          "joined_at"?: string;
          "session_id": string;
          "user_id": string;
          "withdrawn_at"?: string | null;
        };
        Update: {
          "alias"?: string;
          "archetype"?: string;
          "joined_at"?: string;
          "session_id"?: string;
          "user_id"?: string;
          "withdrawn_at"?: string | null;
        };
        Relationships: [];
      };
      "bidding_results": {
        Row: {
          "compensation_cents": number;
          "currency": string;
          "decided_at": string;
          "loser_id": string | null;
          "payment_external_id": string | null;
          "payment_status": string;
          "payout_external_id": string | null;
          "payout_status": string | null;
          "platform_revenue_cents": number;
          "session_id": string;
          "updated_at": string;
          "version": number;
          "winner_id": string;
          "winning_bid_cents": number;
        };
        ComputedFields: never;
        Insert: {
          "compensation_cents": number;
          "currency": string;
          "decided_at": string;
          "loser_id"?: string | null;
          "payment_external_id"?: string | null;
          "payment_status"?: string;
          "payout_external_id"?: string | null;
          "payout_status"?: string | null;
          "platform_revenue_cents": number;
          "session_id": string;
          "updated_at"?: string;
          "version"?: number;
          "winner_id": string;
          "winning_bid_cents": number;
        };
        Update: {
          "compensation_cents"?: number;
          "currency"?: string;
          "decided_at"?: string;
          "loser_id"?: string | null;
          "payment_external_id"?: string | null;
          "payment_status"?: string;
          "payout_external_id"?: string | null;
          "payout_status"?: string | null;
          "platform_revenue_cents"?: number;
          "session_id"?: string;
          "updated_at"?: string;
          "version"?: number;
          "winner_id"?: string;
          "winning_bid_cents"?: number;
        };
        Relationships: [];
      };
      "bidding_sessions": {
        Row: {
          "cancellation_reason": string | null;
          "compensation_bps": number;
          "compensation_policy": string;
          "created_at": string;
          "currency": string;
          "current_price_cents": number | null;
          "ended_at": string | null;
          "expires_at": string;
          "hard_end_at": string;
          "leader_id": string | null;
          "ledger_hash": string | null;
          "listing_id": string | null;
          "max_rounds": number;
          "maximum_jump_bps": number;
          "minimum_increment_bps": number;
          "property_id": string;
          "round_duration_seconds": number;
          "seq": number;
          "session_id": string;
          "soft_close_seconds": number;
          "starting_bid_cents": number;
          "starts_at": string;
          "status": string;
          "target_night": string;
        };
        ComputedFields: never;
        Insert: {
          "cancellation_reason"?: string | null;
          "compensation_bps": number;
          "compensation_policy": string;
          "created_at"?: string;
          "currency": string;
          "current_price_cents"?: number | null;
          "ended_at"?: string | null;
          "expires_at": string;
          "hard_end_at": string;
          "leader_id"?: string | null;
          "ledger_hash"?: string | null;
          "listing_id"?: string | null;
          "max_rounds": number;
          "maximum_jump_bps": number;
          "minimum_increment_bps": number;
          "property_id": string;
          "round_duration_seconds": number;
          "seq"?: number;
          "session_id"?: string;
          "soft_close_seconds": number;
          "starting_bid_cents": number;
          "starts_at": string;
          "status"?: string;
          "target_night": string;
        };
        Update: {
          "cancellation_reason"?: string | null;
          "compensation_bps"?: number;
          "compensation_policy"?: string;
          "created_at"?: string;
          "currency"?: string;
          "current_price_cents"?: number | null;
          "ended_at"?: string | null;
          "expires_at"?: string;
          "hard_end_at"?: string;
          "leader_id"?: string | null;
          "ledger_hash"?: string | null;
          "listing_id"?: string | null;
          "max_rounds"?: number;
          "maximum_jump_bps"?: number;
          "minimum_increment_bps"?: number;
          "property_id"?: string;
          "round_duration_seconds"?: number;
          "seq"?: number;
          "session_id"?: string;
          "soft_close_seconds"?: number;
          "starting_bid_cents"?: number;
          "starts_at"?: string;
          "status"?: string;
          "target_night"?: string;
        };
        Relationships: [];
      };
      "bids": {
        Row: {
          "amount_cents": number;
          "bid_id": string;
          "expires_at": string;
          "hash": string;
          "leads": boolean;
          "placed_at": string;
          "previous_amount_cents": number | null;
          "seq": number;
          "session_id": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "amount_cents": number;
          "bid_id"?: string;
          "expires_at": string;
          "hash": string;
          "leads": boolean;
          "placed_at": string;
          "previous_amount_cents"?: number | null;
          "seq": number;
          "session_id": string;
          "user_id": string;
        };
        Update: {
          "amount_cents"?: number;
          "bid_id"?: string;
          "expires_at"?: string;
          "hash"?: string;
          "leads"?: boolean;
          "placed_at"?: string;
          "previous_amount_cents"?: number | null;
          "seq"?: number;
          "session_id"?: string;
          "user_id"?: string;
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
      "order_outcomes": {
        Row: {
          "actual_minutes": number | null;
          "commission_bps": number;
          "counts": boolean;
          "failure_code": string | null;
          "issues": (string)[];
          "items_delivered": number | null;
          "items_ordered": number | null;
          "order_id": string;
          "promised_minutes": number | null;
          "provider_id": string;
          "recorded_at": string;
          "recorded_by": string;
          "source": string;
          "total_cents": number;
          "user_rating": number | null;
          "was_cancelled": boolean;
          "was_successful": boolean;
        };
        ComputedFields: never;
        Insert: {
          "actual_minutes"?: number | null;
          "commission_bps": number;
          "counts": boolean;
          "failure_code"?: string | null;
          "issues"?: (string)[];
          "items_delivered"?: number | null;
          "items_ordered"?: number | null;
          "order_id": string;
          "promised_minutes"?: number | null;
          "provider_id": string;
          "recorded_at"?: string;
          "recorded_by": string;
          "source": string;
          "total_cents": number;
          "user_rating"?: number | null;
          "was_cancelled"?: boolean;
          "was_successful": boolean;
        };
        Update: {
          "actual_minutes"?: number | null;
          "commission_bps"?: number;
          "counts"?: boolean;
          "failure_code"?: string | null;
          "issues"?: (string)[];
          "items_delivered"?: number | null;
          "items_ordered"?: number | null;
          "order_id"?: string;
          "promised_minutes"?: number | null;
          "provider_id"?: string;
          "recorded_at"?: string;
          "recorded_by"?: string;
          "source"?: string;
          "total_cents"?: number;
          "user_rating"?: number | null;
          "was_cancelled"?: boolean;
          "was_successful"?: boolean;
        };
        Relationships: [
          {
            foreignKeyName: "order_outcomes_order_exists";
            columns: ["order_id"];
            isOneToOne: false;
            referencedRelation: "routed_orders";
            referencedColumns: ["order_id"];
          },
          {
            foreignKeyName: "order_outcomes_provider_is_known";
            columns: ["provider_id"];
            isOneToOne: false;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
        ];
      };
      "order_quotes": {
        Row: {
          "code": string | null;
          "components": Json | null;
          "currency": string | null;
          "eliminated": string | null;
          "estimated_delivery_minutes": number | null;
          "features": Json | null;
          "fees_cents": number | null;
          "latency_ms": number | null;
          "provider_id": string;
          "quote": Json | null;
          "quoted_at": string;
          "rank": number | null;
          "reasons": NonNullable<Json>;
          "route_id": string;
          "score": number | null;
          "status": string;
          "subtotal_cents": number | null;
          "tax_cents": number | null;
          "total_cents": number | null;
        };
        ComputedFields: never;
        Insert: {
          "code"?: string | null;
          "components"?: Json | null;
          "currency"?: string | null;
          "eliminated"?: string | null;
          "estimated_delivery_minutes"?: number | null;
          "features"?: Json | null;
          "fees_cents"?: number | null;
          "latency_ms"?: number | null;
          "provider_id": string;
          "quote"?: Json | null;
          "quoted_at": string;
          "rank"?: number | null;
          "reasons"?: NonNullable<Json>;
          "route_id": string;
          "score"?: number | null;
          "status": string;
          "subtotal_cents"?: number | null;
          "tax_cents"?: number | null;
          "total_cents"?: number | null;
        };
        Update: {
          "code"?: string | null;
          "components"?: Json | null;
          "currency"?: string | null;
          "eliminated"?: string | null;
          "estimated_delivery_minutes"?: number | null;
          "features"?: Json | null;
          "fees_cents"?: number | null;
          "latency_ms"?: number | null;
          "provider_id"?: string;
          "quote"?: Json | null;
          "quoted_at"?: string;
          "rank"?: number | null;
          "reasons"?: NonNullable<Json>;
          "route_id"?: string;
          "score"?: number | null;
          "status"?: string;
          "subtotal_cents"?: number | null;
          "tax_cents"?: number | null;
          "total_cents"?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: "order_quotes_provider_is_known";
            columns: ["provider_id"];
            isOneToOne: false;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
          {
            foreignKeyName: "order_quotes_route_exists";
            columns: ["route_id"];
            isOneToOne: false;
            referencedRelation: "order_routes";
            referencedColumns: ["route_id"];
          },
        ];
      };
      "order_routes": {
        Row: {
          "created_at": string;
          "deadline_at": string;
          "decided_at": string | null;
          "decision": Json | null;
          "idempotency_key": string | null;
          "latency_ms": number | null;
          "owner": string | null;
          "request": NonNullable<Json>;
          "request_id": string | null;
          "route_id": string;
          "selected_provider_id": string | null;
          "status": string;
          "total_cents": number | null;
          "user_id": string | null;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "deadline_at": string;
          "decided_at"?: string | null;
          "decision"?: Json | null;
          "idempotency_key"?: string | null;
          "latency_ms"?: number | null;
          "owner"?: string | null;
          "request": NonNullable<Json>;
          "request_id"?: string | null;
          "route_id"?: string;
          "selected_provider_id"?: string | null;
          "status"?: string;
          "total_cents"?: number | null;
          "user_id"?: string | null;
        };
        Update: {
          "created_at"?: string;
          "deadline_at"?: string;
          "decided_at"?: string | null;
          "decision"?: Json | null;
          "idempotency_key"?: string | null;
          "latency_ms"?: number | null;
          "owner"?: string | null;
          "request"?: NonNullable<Json>;
          "request_id"?: string | null;
          "route_id"?: string;
          "selected_provider_id"?: string | null;
          "status"?: string;
          "total_cents"?: number | null;
          "user_id"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "order_routes_provider_is_known";
            columns: ["selected_provider_id"];
            isOneToOne: false;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
        ];
      };
      "provider_circuits": {
        Row: {
          "last_failure": string | null;
          "open_until": string | null;
          "probes_passed": number;
          "provider_id": string;
          "recent": string;
          "state": string;
          "taken_out": boolean;
          "times_opened": number;
          "updated_at": string;
        };
        ComputedFields: never;
        Insert: {
          "last_failure"?: string | null;
          "open_until"?: string | null;
          "probes_passed"?: number;
          "provider_id": string;
          "recent"?: string;
          "state"?: string;
          "taken_out"?: boolean;
          "times_opened"?: number;
          "updated_at"?: string;
        };
        Update: {
          "last_failure"?: string | null;
          "open_until"?: string | null;
          "probes_passed"?: number;
          "provider_id"?: string;
          "recent"?: string;
          "state"?: string;
          "taken_out"?: boolean;
          "times_opened"?: number;
          "updated_at"?: string;
        };
        Relationships: [];
      };
      "provider_credentials": {
        Row: {
          "credential": string;
          "expires_on": string;
          "provider_id": string;
        };
        ComputedFields: never;
        Insert: {
          "credential": string;
          "expires_on": string;
          "provider_id": string;
        };
        Update: {
          "credential"?: string;
          "expires_on"?: string;
          "provider_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "provider_credentials_has_a_circuit";
            columns: ["provider_id"];
            isOneToOne: false;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
        ];
      };
      "provider_metrics": {
        Row: {
          "commission_bps": number | null;
          "computed_at": string;
          "delivery_error_minutes": number | null;
          "fill_error": number | null;
          "latency_p50_ms": number | null;
          "latency_p95_ms": number | null;
          "outcomes": number;
          "provider_id": string;
          "rating": number | null;
          "successes": number;
        };
        ComputedFields: never;
        Insert: {
          "commission_bps"?: number | null;
          "computed_at"?: string;
          "delivery_error_minutes"?: number | null;
          "fill_error"?: number | null;
          "latency_p50_ms"?: number | null;
          "latency_p95_ms"?: number | null;
          "outcomes"?: number;
          "provider_id": string;
          "rating"?: number | null;
          "successes"?: number;
        };
        Update: {
          "commission_bps"?: number | null;
          "computed_at"?: string;
          "delivery_error_minutes"?: number | null;
          "fill_error"?: number | null;
          "latency_p50_ms"?: number | null;
          "latency_p95_ms"?: number | null;
          "outcomes"?: number;
          "provider_id"?: string;
          "rating"?: number | null;
          "successes"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "provider_metrics_has_a_circuit";
            columns: ["provider_id"];
            isOneToOne: true;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
        ];
      };
      "provider_quotas": {
        Row: {
          "day": string;
          "endpoint": string;
          "max_per_day": number;
          "provider_id": string;
          "used": number;
        };
        ComputedFields: never;
        Insert: {
          "day"?: string;
          "endpoint": string;
          "max_per_day": number;
          "provider_id": string;
          "used"?: number;
        };
        Update: {
          "day"?: string;
          "endpoint"?: string;
          "max_per_day"?: number;
          "provider_id"?: string;
          "used"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "provider_quotas_has_a_circuit";
            columns: ["provider_id"];
            isOneToOne: false;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
        ];
      };
      "routed_orders": {
        Row: {
          "ask_at": string | null;
          "asked": number;
          "attempt": number;
          "cancellation_reason": string | null;
          "created_at": string;
          "currency": string;
          "expires_at": string;
          "failure_code": string | null;
          "handoff_url": string | null;
          "idempotency_key": string | null;
          "intended_at": string | null;
          "most_cents": number | null;
          "order_id": string;
          "owner": string | null;
          "provider_id": string;
          "provider_order_id": string | null;
          "route_id": string;
          "settled_at": string | null;
          "status": string;
          "token_hash": string;
          "total_cents": number;
          "tracking_url": string | null;
          "tried": (string)[];
          "updated_at": string;
          "user_id": string | null;
          "version": number;
        };
        ComputedFields: never;
        Insert: {
          "ask_at"?: string | null;
          "asked"?: number;
          "attempt"?: number;
          "cancellation_reason"?: string | null;
          "created_at"?: string;
          "currency": string;
          "expires_at": string;
          "failure_code"?: string | null;
          "handoff_url"?: string | null;
          "idempotency_key"?: string | null;
          "intended_at"?: string | null;
          "most_cents"?: number | null;
          "order_id"?: string;
          "owner"?: string | null;
          "provider_id": string;
          "provider_order_id"?: string | null;
          "route_id": string;
          "settled_at"?: string | null;
          "status"?: string;
          "token_hash": string;
          "total_cents": number;
          "tracking_url"?: string | null;
          "tried"?: (string)[];
          "updated_at"?: string;
          "user_id"?: string | null;
          "version"?: number;
        };
        Update: {
          "ask_at"?: string | null;
          "asked"?: number;
          "attempt"?: number;
          "cancellation_reason"?: string | null;
          "created_at"?: string;
          "currency"?: string;
          "expires_at"?: string;
          "failure_code"?: string | null;
          "handoff_url"?: string | null;
          "idempotency_key"?: string | null;
          "intended_at"?: string | null;
          "most_cents"?: number | null;
          "order_id"?: string;
          "owner"?: string | null;
          "provider_id"?: string;
          "provider_order_id"?: string | null;
          "route_id"?: string;
          "settled_at"?: string | null;
          "status"?: string;
          "token_hash"?: string;
          "total_cents"?: number;
          "tracking_url"?: string | null;
          "tried"?: (string)[];
          "updated_at"?: string;
          "user_id"?: string | null;
          "version"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "routed_orders_provider_is_known";
            columns: ["provider_id"];
            isOneToOne: false;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
          {
            foreignKeyName: "routed_orders_route_exists";
            columns: ["route_id"];
            isOneToOne: true;
            referencedRelation: "order_routes";
            referencedColumns: ["route_id"];
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
      "edge_logs": {
        Row: {
          "code": string | null;
          "event": string | null;
          "function_name": string | null;
          "latency_ms": number | null;
          "provider_id": string | null;
          "request_id": string | null;
          "route_id": string | null;
          "selected_provider_id": string | null;
          "timestamp": string | null;
          "total_cents": number | null;
        };
        ComputedFields: never;
        Insert: {
          "code"?: string | null;
          "event"?: string | null;
          "function_name"?: string | null;
          "latency_ms"?: number | null;
          "provider_id"?: string | null;
          "request_id"?: string | null;
          "route_id"?: string | null;
          "selected_provider_id"?: string | null;
          "timestamp"?: string | null;
          "total_cents"?: number | null;
        };
        Update: {
          "code"?: string | null;
          "event"?: string | null;
          "function_name"?: string | null;
          "latency_ms"?: number | null;
          "provider_id"?: string | null;
          "request_id"?: string | null;
          "route_id"?: string | null;
          "selected_provider_id"?: string | null;
          "timestamp"?: string | null;
          "total_cents"?: number | null;
        };
        Relationships: [];
      };
      "provider_credential_expiry": {
        Row: {
          "credential": string;
          "days_left": number | null;
          "expires_on": string;
          "provider_id": string;
        };
        ComputedFields: never;
        Insert: {
          "credential"?: string | null;
          "days_left"?: number | null;
          "expires_on"?: string | null;
          "provider_id"?: string | null;
        };
        Update: {
          "credential"?: string | null;
          "days_left"?: number | null;
          "expires_on"?: string | null;
          "provider_id"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "provider_credentials_has_a_circuit";
            columns: ["provider_id"];
            isOneToOne: false;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
        ];
      };
      "provider_hourly": {
        Row: {
          "asked": number | null;
          "errors": number | null;
          "hour": string | null;
          "latency_p95_ms": number | null;
          "provider_id": string;
          "quoted": number | null;
          "selected": number | null;
          "selection_share": number | null;
          "success_rate": number | null;
        };
        ComputedFields: never;
        Insert: {
          "asked"?: number | null;
          "errors"?: number | null;
          "hour"?: string | null;
          "latency_p95_ms"?: number | null;
          "provider_id"?: string | null;
          "quoted"?: number | null;
          "selected"?: number | null;
          "selection_share"?: number | null;
          "success_rate"?: number | null;
        };
        Update: {
          "asked"?: number | null;
          "errors"?: number | null;
          "hour"?: string | null;
          "latency_p95_ms"?: number | null;
          "provider_id"?: string | null;
          "quoted"?: number | null;
          "selected"?: number | null;
          "selection_share"?: number | null;
          "success_rate"?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: "order_quotes_provider_is_known";
            columns: ["provider_id"];
            isOneToOne: false;
            referencedRelation: "provider_circuits";
            referencedColumns: ["provider_id"];
          },
        ];
      };
      "routing_alerts": {
        Row: {
          "alert": string | null;
          "firing": boolean | null;
          "provider_id": string | null;
          "threshold": number | null;
          "value": number | null;
        };
        ComputedFields: never;
        Insert: {
          "alert"?: string | null;
          "firing"?: boolean | null;
          "provider_id"?: string | null;
          "threshold"?: number | null;
          "value"?: number | null;
        };
        Update: {
          "alert"?: string | null;
          "firing"?: boolean | null;
          "provider_id"?: string | null;
          "threshold"?: number | null;
          "value"?: number | null;
        };
        Relationships: [];
      };
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
