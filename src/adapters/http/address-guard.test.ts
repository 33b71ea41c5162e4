import { describe, expect, test } from "vitest";
import { AddressRefused, createAddressGuard } from "./address-guard.ts";

const none = createAddressGuard([], async () => []);

describe("without a configured range", () => {
  test.each([
    ["loopback", "127.0.0.1"],
    ["all of loopback", "127.8.9.1"],
    ["loopback over IPv6", "::1"],
    ["this host", "0.0.0.0"],
    ["nothing over IPv6", "::"],
    ["AWS metadata", "169.254.169.254"],
    ["ECS metadata", "169.254.170.2"],
    ["AWS metadata over IPv6", "fd00:ec2::254"],
    ["Alibaba metadata", "100.100.100.200"],
    ["link-local", "169.254.1.1"],
    ["link-local over IPv6", "fe80::1"],
    ["private 10", "10.0.0.1"],
    ["private 172", "172.16.0.1"],
    ["private 192", "192.168.1.1"],
    ["unique local", "fd12:3456::1"],
    ["carrier-grade NAT", "100.64.0.1"],
    ["multicast", "224.0.0.1"],
    ["multicast over IPv6", "ff02::1"],
    ["broadcast", "255.255.255.255"],
    ["reserved", "240.0.0.1"],
    ["benchmarking", "198.18.0.1"],
    ["documentation", "192.0.2.1"],
    ["mapped loopback", "::ffff:127.0.0.1"],
    ["mapped metadata in hexadecimal", "::ffff:a9fe:a9fe"],
    ["compatible loopback", "::127.0.0.1"],
    ["NAT64 of a private address", "64:ff9b::a00:1"],
    ["6to4 of a private address", "2002:a00:1::"],
    ["Teredo", "2001:0:4136:e378::"],
    ["outside of what is in use", "4000::1"],
    ["no address at all", "example.com"],
  ])("%s is refused", (_what, address) => {
    expect(none.refusal(address)).not.toBeNull();
  });

  test.each(["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])(
    "the public address %s is allowed",
    (address) => {
      expect(none.refusal(address)).toBeNull();
    },
  );
});

describe("with configured ranges", () => {
  test("a listed range opens exactly itself", () => {
    const guard = createAddressGuard(["10.1.0.0/16", "fd00:1::/32"], async () => []);
    expect(guard.refusal("10.1.2.3")).toBeNull();
    expect(guard.refusal("::ffff:10.1.2.3")).toBeNull();
    expect(guard.refusal("fd00:1::5")).toBeNull();
    expect(guard.refusal("10.2.0.1")).not.toBeNull();
  });

  test("a wide range never opens a metadata address, naming it does", () => {
    const wide = createAddressGuard(["169.254.0.0/16", "fd00::/8"], async () => []);
    expect(wide.refusal("169.254.169.254")).not.toBeNull();
    expect(wide.refusal("fd00:ec2::254")).not.toBeNull();
    const named = createAddressGuard(["169.254.169.254/32"], async () => []);
    expect(named.refusal("169.254.169.254")).toBeNull();
  });

  test("a range that is not in CIDR form is a defect", () => {
    expect(() => createAddressGuard(["10.0.0.0"], async () => [])).toThrow("CIDR");
  });
});

describe("resolving", () => {
  test("only allowed addresses of a name are used", async () => {
    const guard = createAddressGuard([], async () => [
      { address: "10.0.0.1", family: 4 },
      { address: "93.184.216.34", family: 4 },
    ]);
    expect(await guard.resolve("mixed.test")).toEqual([{ address: "93.184.216.34", family: 4 }]);
  });

  test("a name without an allowed address is refused with the reasons", async () => {
    const guard = createAddressGuard([], async () => [{ address: "10.0.0.1", family: 4 }]);
    await expect(guard.resolve("inner.test")).rejects.toThrow(AddressRefused);
    await expect(guard.resolve("inner.test")).rejects.toThrow("10.0.0.1: private address");
  });

  test("a literal in brackets is checked like any other", async () => {
    await expect(none.resolve("[::1]")).rejects.toThrow(AddressRefused);
  });
});
