// Stands for the servers until they are there.
export default function setup(): void {}
