// Files on their way in: an upload address is promised, bytes arrive, and completing makes them a file.

export interface PendingUpload {
  readonly fileId: string;
  readonly filename: string;
  readonly length: number;
  readonly bytes: Uint8Array | undefined;
}

export class Uploads {
  readonly #pending = new Map<string, PendingUpload>();

  promise(fileId: string, filename: string, length: number): void {
    this.#pending.set(fileId, { fileId, filename, length, bytes: undefined });
  }

  /** False when nothing was promised under this id, or the size is not the promised one. */
  receive(fileId: string, bytes: Uint8Array): boolean {
    const upload = this.#pending.get(fileId);
    if (upload === undefined || bytes.byteLength !== upload.length) return false;
    this.#pending.set(fileId, { ...upload, bytes });
    return true;
  }

  /** Takes the upload out when its bytes have arrived. */
  take(fileId: string): (PendingUpload & { readonly bytes: Uint8Array }) | undefined {
    const upload = this.#pending.get(fileId);
    if (upload?.bytes === undefined) return undefined;
    this.#pending.delete(fileId);
    return { ...upload, bytes: upload.bytes };
  }
}
