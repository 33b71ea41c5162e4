// Contenders take turns in every round, another one first each time, so that whatever else the machine does hits
// all of them: the ratios inside a round are to be trusted, the figures themselves less.

import { median } from "./figures.ts";

export type Contender<Figure> = {
  readonly name: string;
  readonly measure: () => Promise<Figure>;
};

/** The figures of each contender, round by round. */
export async function interleaved<Figure>(
  contenders: readonly Contender<Figure>[],
  rounds: number,
): Promise<readonly (readonly Figure[])[]> {
  const figures = contenders.map((): Figure[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (round + turn) % contenders.length;
      const contender = contenders[index];
      if (contender !== undefined) figures[index]?.push(await contender.measure());
    }
  }
  return figures;
}

/** The median of the rounds' ratios. */
export function ratio(own: readonly number[], other: readonly number[]): number {
  return median(own.map((value, round) => value / (other[round] ?? Number.NaN)));
}
