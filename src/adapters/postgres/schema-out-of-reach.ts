// The schema is older than this program, or not there, and the role that the program runs under may not change it.

export class SchemaOutOfReach extends Error {
  override readonly name = "SchemaOutOfReach";
  readonly code = "schema-out-of-reach";
}
