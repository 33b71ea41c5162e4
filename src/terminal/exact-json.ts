// JSON that is exact when it is read and harmless when it is looked at: what a terminal would act on, or nobody
// would see, is written as an escape.

import type { Json } from "#engine/json.ts";

const UNSEEN = /[\u007f-\u009f\u2028\u2029\p{Cf}\p{Co}]/gu;

export function exactJson(value: Json): string {
  return JSON.stringify(value, null, 2).replace(UNSEEN, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, "0");
    return `\\u${unit}`;
  }).join("");
}
