/** What a dataset adapter is tried on: rows and the records that each becomes, rows that it refuses, rows of no use. */
export interface FormatCases {
  readonly rows: readonly {
    readonly row: Record<string, unknown>;
    readonly record: object | readonly object[];
  }[];
  readonly refused: readonly { readonly row: unknown; readonly message: string }[];
  readonly unusable?: readonly {
    readonly row: Record<string, unknown>;
    readonly message: string;
  }[];
}
