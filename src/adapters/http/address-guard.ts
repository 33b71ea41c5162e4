// Decides which network addresses may be connected to, and resolves names to such addresses only.
// The answer is used for the connection itself, so a name can't change its address in between.

import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { callbackify } from "node:util";
import ipaddr from "ipaddr.js";

/** Instance metadata services: they hand out credentials to whoever asks from the inside. */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set([
  "169.254.169.254", // AWS, GCP, Azure
  "169.254.170.2", // AWS ECS tasks
  "169.254.170.23", // AWS EKS pods
  "100.100.100.200", // Alibaba
  "fd00:ec2::254", // AWS over IPv6
  "fd00:ec2::23", // AWS EKS pods over IPv6
]);

/** IPv6 addresses in use on the public internet are all within this block (RFC 4291, 2.4). */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

export type ResolvedAddress = { readonly address: string; readonly family: number };
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export const resolveWithSystem: Resolve = (hostname) => lookup(hostname, { all: true });

/** Refused before any packet was sent. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  readonly code = "ADDRESS_REFUSED";
  constructor(host: string, reason: string) {
    super(`${host} may not be reached (${reason})`);
  }
}

export type AddressGuard = {
  /** Null when the address may be connected to, else the reason in a few words. */
  readonly refusal: (address: string) => string | null;
  /** All allowed addresses of a host, which may be a literal. @throws {AddressRefused} when there are none. */
  readonly resolve: (hostname: string) => Promise<readonly ResolvedAddress[]>;
  /** For Node's `connect`: the guard in the place where the address is chosen. */
  readonly lookup: LookupFunction;
};

/** @throws {Error} on a range that is not in CIDR form: a configuration defect. */
export function createAddressGuard(
  allowedRanges: readonly string[],
  resolveName: Resolve,
): AddressGuard {
  const ranges = allowedRanges.map((range) => ipaddr.parseCIDR(range));

  const refusal = (text: string): string | null => {
    if (!ipaddr.isValid(text)) return "not an IP address";
    // `process` turns an IPv4-mapped IPv6 address into the IPv4 address that would be reached.
    const address = ipaddr.process(text);
    const listed = ranges.filter(
      ([base, bits]) => base.kind() === address.kind() && address.match(base, bits),
    );
    if (METADATA_ADDRESSES.has(address.toString())) {
      const single = address.kind() === "ipv4" ? 32 : 128;
      return listed.some(([, bits]) => bits === single) ? null : "an instance metadata address";
    }
    if (listed.length > 0) return null;
    const kind = address.range();
    if (kind !== "unicast") return `${kind} address`;
    const outside = address.kind() === "ipv6" && !address.match(...GLOBAL_UNICAST);
    return outside ? "not a public address" : null;
  };

  const resolve = async (hostname: string): Promise<readonly ResolvedAddress[]> => {
    const literal = hostname.replace(/^\[(.*)\]$/, "$1");
    const found = ipaddr.isValid(literal)
      ? [{ address: literal, family: ipaddr.parse(literal).kind() === "ipv4" ? 4 : 6 }]
      : await resolveName(hostname);
    const allowed = found.filter(({ address }) => refusal(address) === null);
    if (allowed.length > 0) return allowed;
    const reasons = found.map(({ address }) => `${address}: ${refusal(address) ?? "allowed"}`);
    throw new AddressRefused(hostname, reasons.join(", ") || "it has no address");
  };

  const resolveForNode = callbackify(resolve);
  const lookupChecked: LookupFunction = (hostname, options, callback) => {
    resolveForNode(hostname, (error, addresses) => {
      const first = addresses?.[0];
      if (first === undefined) callback(error, "");
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };

  return { refusal, resolve, lookup: lookupChecked };
}
