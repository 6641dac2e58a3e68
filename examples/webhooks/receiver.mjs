// A receiver of the bank's webhooks: verify, remember the id, answer, then work.
//
//     npm install standardwebhooks
//     WEBHOOK_SECRET=whsec_... node receiver.mjs 9000
//     sandbank webhooks add http://127.0.0.1:9000/hooks/bank
//
// `standardwebhooks` checks signature and age. A message may come twice, with the same `webhook-id`.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const LARGEST_BYTES = 64 * 1024;
const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const seen = new Set(); // in earnest: a table, written in the transaction that does the work

createServer(async (request, response) => {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > LARGEST_BYTES) return response.writeHead(413).end();
    parts.push(part);
  }
  let message;
  try {
    message = webhook.verify(Buffer.concat(parts).toString("utf8"), request.headers);
  } catch {
    return response.writeHead(400).end("not signed by the bank");
  }
  if (!seen.has(message.id)) {
    seen.add(message.id);
    console.log(JSON.stringify({ type: message.type, data: message.data }));
  }
  return response.writeHead(204).end();
}).listen(Number(process.argv[2]), "127.0.0.1");
