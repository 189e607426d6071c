// SPDX-License-Identifier: EUPL-1.2
// Reads questions, one a line as JSON, and prints what the client understood, one a line as JSON.
import { createInterface } from "node:readline";
import { QueryEngine } from "@comunica/query-sparql";
import { SparqlEndpointFetcher } from "fetch-sparql-endpoint";

const engine = new QueryEngine();

/** A term as N-Triples has it, but for escapes. */
function written(term) {
  if (term.termType === "NamedNode") return `<${term.value}>`;
  if (term.termType === "BlankNode") return `_:${term.value}`;
  return JSON.stringify(term.value) + (term.language ? `@${term.language}` : "");
}

function row(bindings) {
  const pairs = [...bindings].map(([name, term]) => [name.value ?? name, written(term)]);
  return Object.fromEntries(pairs);
}

const triple = (quad) => [quad.subject, quad.predicate, quad.object].map(written);

async function byComunica({ query, sources }) {
  const result = await engine.query(query, { sources });
  if (result.resultType === "boolean") return result.execute();
  const found = await (await result.execute()).toArray();
  return found.map(result.resultType === "bindings" ? row : triple);
}

async function byFetcher({ query, endpoint, method }) {
  const fetcher = new SparqlEndpointFetcher({ method });
  const kind = fetcher.getQueryType(query);
  if (kind === "ASK") return fetcher.fetchAsk(endpoint, query);
  const graph = kind === "CONSTRUCT";
  const stream = graph
    ? await fetcher.fetchTriples(endpoint, query)
    : await fetcher.fetchBindings(endpoint, query);
  const found = [];
  for await (const each of stream) found.push(graph ? triple(each) : row(Object.entries(each)));
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = { answer: await (question.sources ? byComunica : byFetcher)(question) };
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
