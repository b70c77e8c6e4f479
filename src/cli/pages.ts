/** The pages of a list, one request each, as long as they are asked for. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Of the next page; none behind the last. */
  readonly cursor: string | undefined
}

/** `fetch` asks for the page of a cursor, which is an empty object for the first. */
export async function* pages<Item>(
  fetch: (from: { readonly cursor?: string }) => Promise<Page<Item>>,
): AsyncGenerator<Page<Item>> {
  let page = await fetch({})
  yield page
  while (page.cursor !== undefined) {
    page = await fetch({ cursor: page.cursor })
    yield page
  }
}
