// How much the proofs try: what CI has time for, or what a night has (`npm run nightly`). The only place that reads
// it from the environment.

const given = process.env["PROOF_CASES"];

/** Cases of a property. */
export const CASES = given === undefined ? 2_000 : Number(given);

if (!Number.isInteger(CASES) || CASES < 1)
  throw new Error(`PROOF_CASES: found ${given}, expected a whole number of cases`);

/** How many times as much as in CI. */
const MORE = Math.max(1, CASES / 2_000);

/** So many in CI, as many times more as there are cases; for what is slower than a property. */
export function scaled(inCi: number): number {
  return Math.ceil((inCi * CASES) / 2_000);
}

/** A time-out that is long enough in CI on a busy machine, and in a night for all the cases. */
export function patience(inCiMs: number): number {
  return inCiMs * MORE;
}
