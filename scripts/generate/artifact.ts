/** A file that is generated: where it lies, and what belongs in it. */
export interface Artifact {
  /** Path from the repository's root. */
  readonly path: string;
  /** The content, given the present one (empty where there is no file yet). */
  render(present: string): string | Promise<string>;
}
