import type { MessageRecord } from "../../storage/chat_records.ts";
import type { Files } from "../files/files.ts";
import { viewMessage } from "./message_view.ts";
import type { MessageView } from "../model/message_model.ts";
import type { Quotes } from "./quotes.ts";
import type { Uploads } from "../outgoing/uploads.ts";

/** A view, and what it was made of besides its record. */
interface Viewed {
  view: MessageView;
  quoted: MessageRecord | null;
  upload: number | null;
  download: number | null;
}

/** Views messages as a person sees them; what has not changed stays the same object. */
export function createMessageViews(
  { ownPrimary, quotes, uploads, files }: {
    ownPrimary: string;
    quotes: Pick<Quotes, "of">;
    uploads: Pick<Uploads, "progressOf">;
    files: Pick<Files, "progressOf">;
  },
): (record: MessageRecord) => MessageView {
  const viewed = new WeakMap<MessageRecord, Viewed>();
  return (record) => {
    const made = {
      quoted: quotes.of(record),
      upload: uploads.progressOf(record),
      download: files.progressOf(record),
    };
    const known = viewed.get(record);
    if (known && isMadeOf(known, made)) return known.view;
    const view = viewMessage(record, ownPrimary, made);
    viewed.set(record, { view, ...made });
    return view;
  };
}

function isMadeOf(known: Viewed, { quoted, upload, download }: Omit<Viewed, "view">): boolean {
  return known.quoted === quoted && known.upload === upload && known.download === download;
}
