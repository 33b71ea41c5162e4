// The part of a submitted view's state that our modals read.

/** `view.state.values`: block id, then action id. */
export type ViewValues = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly value?: string | null;
          /** Ticked boxes. */
          readonly selected_options?: readonly { readonly value?: string | null }[] | null;
        }
      >
    >
  >
>;
