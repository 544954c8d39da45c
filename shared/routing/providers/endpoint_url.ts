/** Where an endpoint is, below a provider's address; parameters are written as the query. */
export function endpointUrl(
  baseUrl: string,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): string {
  const url = `${baseUrl.replace(/\/+$/, "")}/${path}`;
  const query = new URLSearchParams(parameters).toString();
  return query === "" ? url : `${url}?${query}`;
}
