import { describe, expect, test } from "vitest";
import { DEFAULT_HTTP_CONFIG, targetRefusal } from "./http-config.ts";
import type { HttpConfig } from "./http-config.ts";

function config(allowedHosts: readonly string[], profileHosts: readonly string[]): HttpConfig {
  const api = { allowedHosts: profileHosts, headers: async () => ({}) };
  return { ...DEFAULT_HTTP_CONFIG, allowedHosts, profiles: { api } };
}

const refused = (patterns: readonly string[], url: string, profileName: string | null = null) =>
  targetRefusal(config(patterns, patterns), { profileName, url: new URL(url) }) !== null;

describe("hosts without a profile", () => {
  test.each([
    [["*"], "http://anything.test/", false],
    [["api.test"], "https://api.test/", false],
    [["api.test"], "http://api.test:8080/", false],
    [["api.test"], "https://API.test./", false],
    [["api.test"], "https://api.test.evil.test/", true],
    [["api.test"], "https://evilapi.test/", true],
    [["*.api.test"], "https://one.api.test/", false],
    [["*.api.test"], "https://api.test/", true],
    [["api.test:8443"], "https://api.test:8443/", false],
    [["api.test:8443"], "https://api.test/", true],
    [["api.test:443"], "https://api.test/", false],
    [["https://api.test"], "http://api.test/", true],
    [[], "https://api.test/", true],
  ])("%j for %s: refused is %s", (patterns, url, expected) => {
    expect(refused(patterns, url)).toBe(expected);
  });
});

describe("hosts of a profile", () => {
  test("credentials go over plain HTTP only to a host written with its scheme", () => {
    expect(refused(["api.test"], "https://api.test/", "api")).toBe(false);
    expect(refused(["api.test"], "http://api.test/", "api")).toBe(true);
    expect(refused(["http://api.test"], "http://api.test/", "api")).toBe(false);
  });

  test("an unknown profile is refused, also one named like a built-in", () => {
    expect(refused(["*"], "https://api.test/", "other")).toBe(true);
    expect(refused(["*"], "https://api.test/", "constructor")).toBe(true);
  });
});
