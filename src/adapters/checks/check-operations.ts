// The check operations: what `check` and `before` in a plan call. They read, and fail while their condition
// does not hold; asking again is the engine's.

import { eraseOperation } from "#engine/operation.ts";
import type { AnyOperation } from "#engine/operation.ts";
import { contains } from "./contains.ts";
import { diskSpace } from "./disk-space.ts";
import type { DiskReach } from "./disk-space.ts";
import { httpStatus } from "./http-status.ts";
import { jsonPath } from "./json-path.ts";
import { tcpPort } from "./tcp-port.ts";
import type { TcpReach } from "./tcp-port.ts";

export type CheckReach = {
  /** `http.request`, with the hosts that checks may reach. */
  readonly request: AnyOperation;
  readonly tcp: TcpReach;
  readonly disks: DiskReach;
};

export function createCheckOperations({
  request,
  tcp,
  disks,
}: CheckReach): readonly AnyOperation[] {
  return [
    eraseOperation(httpStatus(request)),
    eraseOperation(tcpPort(tcp)),
    eraseOperation(diskSpace(disks)),
    eraseOperation(contains()),
    eraseOperation(jsonPath()),
  ];
}
