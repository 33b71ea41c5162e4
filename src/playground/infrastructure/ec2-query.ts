// The EC2 Query protocol: form parameters to lists and maps, values to XML. Knows no instance.

export type Query = {
  readonly action: string;
  readonly get: (name: string) => string | undefined;
  /** `InstanceId.1`, `InstanceId.2`, ... in their order. */
  readonly list: (name: string) => readonly string[];
  /** `Filter.1.Name`, `Filter.1.Value.1`, ... as one reader per entry. */
  readonly entries: (name: string) => readonly Query[];
};

export function parseQuery(body: string): Query {
  return queryUnder(new URLSearchParams(body), "");
}

function queryUnder(parameters: URLSearchParams, prefix: string): Query {
  const get = (name: string) => parameters.get(`${prefix}${name}`) ?? undefined;
  const indexes = (name: string): readonly number[] => {
    const start = `${prefix}${name}.`;
    const found = new Set<number>();
    for (const key of parameters.keys()) {
      if (key.startsWith(start)) found.add(Number.parseInt(key.slice(start.length), 10));
    }
    return [...found].filter(Number.isInteger).toSorted((a, b) => a - b);
  };
  return {
    action: parameters.get("Action") ?? "",
    get,
    list: (name) => indexes(name).map((at) => get(`${name}.${at}`) ?? ""),
    entries: (name) => indexes(name).map((at) => queryUnder(parameters, `${prefix}${name}.${at}.`)),
  };
}

/** A list becomes `<item>`s, which is how EC2 writes lists. */
export type Xml = string | number | boolean | readonly Xml[] | { readonly [name: string]: Xml };

export function toXml(value: Xml): string {
  if (Array.isArray(value)) return value.map((item: Xml) => `<item>${toXml(item)}</item>`).join("");
  if (typeof value !== "object") return escapeXml(String(value));
  return Object.entries(value)
    .map(([name, inner]) => `<${name}>${toXml(inner)}</${name}>`)
    .join("");
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
