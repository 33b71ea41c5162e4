// A file as the Web API describes it, and how a text becomes a snippet. Its bytes are kept by the workspace state.

export interface StoredFile {
  readonly id: string;
  readonly created: number;
  readonly timestamp: number;
  readonly name: string;
  readonly title: string;
  readonly mimetype: string;
  readonly filetype: string;
  readonly pretty_type: string;
  readonly user: string;
  readonly user_team: string;
  readonly editable: boolean;
  readonly size: number;
  readonly mode: "hosted" | "snippet";
  readonly is_external: false;
  readonly url_private: string;
  readonly url_private_download: string;
  readonly permalink: string;
  readonly preview?: string;
  readonly lines?: number;
}

interface FileKind {
  readonly filetype: string;
  readonly mimetype: string;
  readonly pretty: string;
}

const text: FileKind = { filetype: "text", mimetype: "text/plain", pretty: "Plain Text" };
const kinds: Readonly<Record<string, FileKind>> = {
  txt: text,
  log: text,
  yaml: { filetype: "yaml", mimetype: "text/plain", pretty: "YAML" },
  yml: { filetype: "yaml", mimetype: "text/plain", pretty: "YAML" },
  json: { filetype: "json", mimetype: "text/plain", pretty: "JSON" },
  md: { filetype: "markdown", mimetype: "text/markdown", pretty: "Markdown" },
  diff: { filetype: "diff", mimetype: "text/plain", pretty: "Diff" },
  sh: { filetype: "shell", mimetype: "text/plain", pretty: "Shell" },
};
const unknownKind: FileKind = {
  filetype: "binary",
  mimetype: "application/octet-stream",
  pretty: "Binary",
};

export interface NewFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly user: string;
  readonly teamId: string;
  readonly createdMs: number;
  readonly bytes: Uint8Array;
  /** The server's own address, with no slash at its end. */
  readonly baseUrl: string;
}

const previewCharacters = 800;

/** Describes a file. What decodes as UTF-8 text is a snippet with a preview; the rest is only hosted. */
export function describeFile(file: NewFile): StoredFile {
  const content = decodeText(file.bytes);
  const extension = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  const kind = kinds[extension] ?? (content === undefined ? unknownKind : text);
  const created = Math.floor(file.createdMs / 1000);
  const safeName = encodeURIComponent(file.name.toLowerCase());
  const path = `${file.baseUrl}/files-pri/${file.teamId}-${file.id}`;
  return {
    id: file.id,
    created,
    timestamp: created,
    name: file.name,
    title: file.title,
    mimetype: kind.mimetype,
    filetype: kind.filetype,
    pretty_type: kind.pretty,
    user: file.user,
    user_team: file.teamId,
    editable: content !== undefined,
    size: file.bytes.byteLength,
    mode: content === undefined ? "hosted" : "snippet",
    is_external: false,
    url_private: `${path}/${safeName}`,
    url_private_download: `${path}/download/${safeName}`,
    permalink: `${file.baseUrl}/files/${file.user}/${file.id}/${safeName}`,
    ...(content === undefined
      ? {}
      : { preview: content.slice(0, previewCharacters), lines: content.split("\n").length }),
  };
}

/** The text in the bytes, or `undefined` when they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
