// Time spent computing, for tests of how much work something is: unlike the wall clock it does not grow when
// the machine is busy with something else.

/** Milliseconds of processor time that `work` took. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
