// files.*: the three steps of an upload (ask for an address, send the bytes, complete) and looking a file up.

import { z } from "zod";
import { decodeText, describeFile, type StoredFile } from "../stored-file.ts";
import type { FileWithBytes, WorkspaceState } from "../workspace-state.ts";
import {
  method,
  nested,
  refuse,
  refuseWithMessages,
  type Answer,
  type CallContext,
  type Method,
  type Refusal,
} from "./method.ts";
import {
  botMessage,
  findPostable,
  findThread,
  postTextCharacters,
  readContent,
  type Content,
} from "./posting.ts";

const maxUploadBytes = 1_000_000_000;

const getUploadUrl = method({
  tier: 4,
  scopes: ["files:write"],
  args: z.object({
    filename: z.string().min(1),
    length: z.coerce.number().int().min(1).max(maxUploadBytes),
    alt_text: z.string().max(1000).optional(),
    snippet_type: z.string().optional(),
  }),
  run({ state, uploads, baseUrl }, args): Answer {
    const fileId = state.ids.id("F");
    uploads.promise(fileId, args.filename, args.length);
    return { ok: true, upload_url: `${baseUrl}/upload/v1/${fileId}`, file_id: fileId };
  },
});

const complete = method({
  tier: 4,
  scopes: ["files:write"],
  args: z.object({
    files: nested.pipe(
      z
        .array(z.object({ id: z.string(), title: z.string().optional() }))
        .min(1)
        .max(100),
    ),
    channel_id: z.string().optional(),
    channels: z.string().optional(),
    thread_ts: z.string().optional(),
    initial_comment: z.string().optional(),
    blocks: nested.optional(),
  }),
  run(context, args): Answer {
    const { state, uploads } = context;
    const channelId = args.channel_id ?? args.channels;
    const destination = channelId === undefined ? undefined : findPostable(state, channelId);
    if (destination !== undefined && !destination.ok) return destination;
    const thread =
      destination === undefined
        ? undefined
        : findThread(state, destination.channel, args.thread_ts);
    if (thread !== undefined && !thread.ok) return thread;
    const comment = readComment(state, args);
    if (!comment.ok) return comment;
    const taken = args.files.map(({ id, title }) => ({ title, upload: uploads.take(id) }));
    const files: StoredFile[] = [];
    for (const { title, upload } of taken) {
      if (upload === undefined) return refuse("file_not_found");
      files.push(keepFile(context, { ...upload, title: title ?? upload.filename }));
    }
    if (destination === undefined) return { ok: true, files };
    const message = botMessage(state, comment.content, thread?.threadTs);
    state.addMessage(destination.channel.id, { ...message, subtype: "file_share", files });
    return { ok: true, files };
  },
});

/** The words that introduce the files: blocks are ignored when there is a comment, as Slack documents. */
function readComment(
  state: WorkspaceState,
  args: { readonly initial_comment?: string | undefined; readonly blocks?: unknown },
): { ok: true; content: Content } | Refusal {
  if (args.initial_comment !== undefined && args.initial_comment.trim() !== "") {
    return readContent(state, { text: args.initial_comment }, postTextCharacters);
  }
  return args.blocks === undefined
    ? { ok: true, content: { text: "" } }
    : readContent(state, { blocks: args.blocks }, postTextCharacters);
}

interface ArrivedFile {
  readonly fileId: string;
  readonly filename: string;
  readonly title: string;
  readonly bytes: Uint8Array;
}

function keepFile(
  { state, baseUrl }: CallContext,
  { fileId, filename, title, bytes }: ArrivedFile,
): StoredFile {
  const file = describeFile({
    id: fileId,
    name: filename,
    title,
    user: state.seed.app.botUserId,
    teamId: state.seed.team.id,
    createdMs: state.clock.now(),
    bytes,
    baseUrl,
  });
  state.addFile({ file, bytes });
  return file;
}

const info = method({
  tier: 4,
  scopes: ["files:read"],
  args: z.object({ file: z.string().optional() }),
  run({ state }, args): Answer {
    if (args.file === undefined)
      return refuseWithMessages("invalid_arguments", ["[ERROR] missing required field: file"]);
    const stored = state.findFile(args.file);
    return stored === undefined
      ? refuse("file_not_found")
      : { ok: true, file: stored.file, ...inlineContent(stored) };
  },
});

/** Snippets come with their text; Slack cuts it at one megabyte. */
function inlineContent({ file, bytes }: FileWithBytes) {
  const content = file.mode === "snippet" ? decodeText(bytes) : undefined;
  return content === undefined
    ? {}
    : { content: content.slice(0, 1_000_000), is_truncated: content.length > 1_000_000 };
}

export const fileMethods: Readonly<Record<string, Method>> = {
  "files.getUploadURLExternal": getUploadUrl,
  "files.completeUploadExternal": complete,
  "files.info": info,
};
