// Stands for the leak check until it is there.
import { afterAll } from "vitest";

afterAll(() => undefined);
