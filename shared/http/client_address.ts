const ADDRESS = /^[0-9a-fA-F.:]{2,45}$/;

/** Where a request comes from, as the platform's proxy tells it. */
export function clientAddressOf(headers: Headers): string | undefined {
  const named = headers.get("cf-connecting-ip") ?? headers.get("x-forwarded-for")?.split(",")[0];
  const address = named?.trim();
  return address !== undefined && ADDRESS.test(address) ? address : undefined;
}
