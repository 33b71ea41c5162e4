// placeholder
export function renderAsText(_m: unknown, _o: unknown): string { return ""; }
