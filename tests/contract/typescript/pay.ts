// A client as its author would write it: compiled against what openapi-typescript makes of /openapi.json.
import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

type Transaction = components["schemas"]["Transaction"];
type TransactionType = components["schemas"]["TransactionType"];

const bank = createClient<paths>({ baseUrl: "http://127.0.0.1:5000" });

export async function pay(token: string, from: string, to: string, amount: string): Promise<Transaction> {
  const { data, error, response } = await bank.POST("/api/transactions/transfer", {
    headers: { Authorization: `Bearer ${token}` },
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { from_account_id: from, to_account_id: to, amount },
  });
  if (error) {
    const refused: false = error.success;
    throw new Error(`${error.error_code}: ${error.message} (${response.status}, ${refused})`);
  }
  const done: true = data.success;
  return done && data.data;
}

export async function payMany(token: string, from: string, to: readonly string[]): Promise<number> {
  const { data } = await bank.POST("/api/transactions/batch", {
    headers: { Authorization: `Bearer ${token}` },
    body: {
      items: to.map((account) => ({
        type: "transfer" as const,
        idempotency_key: crypto.randomUUID(),
        from_account_id: from,
        to_account_id: account,
        amount: "1.00",
      })),
    },
  });
  return (data?.data ?? []).filter((item) => item.status === "completed").length;
}

export async function history(token: string, type: TransactionType): Promise<string[]> {
  const { data } = await bank.GET("/api/transactions/list", {
    headers: { Authorization: `Bearer ${token}` },
    params: { query: { type, limit: 10 } },
  });
  return (data?.data ?? []).map((one) => one.counterparty?.name ?? one.description);
}

// What is wrong must not compile.
export const wrong = [
  // @ts-expect-error: an amount is text, never a number
  { amount: 12.34, from_account_id: "a", to_account_id: "b" } satisfies components["schemas"]["TransferRequest"],
  // @ts-expect-error: there is no such type
  "donation" satisfies TransactionType,
  // @ts-expect-error: a deposit has no second account
  { type: "deposit", idempotency_key: "1", amount: "1.00", from_account_id: "a" } satisfies components["schemas"]["TransactionBatchRequest"]["items"][number],
];
