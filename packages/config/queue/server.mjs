import { createServer } from 'node:http';

/**
 * A server that speaks OpenAI's chat API and remembers what became of every request: `answered`, or `cut` where whoever asked was gone.
 * Its answers depend on the prompt alone, and take a moment.
 *
 * @param {() => number} random in [0, 1)
 * @param {string} address at which it is reached
 */
export async function startChatServer(random, address) {
  /** @type {Map<string, { answered: number, cut: number }>} by prompt */
  const asked = new Map();
  let underWay = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    const prompt = JSON.parse(text).messages.at(-1).content;
    const known = asked.get(prompt) ?? { answered: 0, cut: 0 };
    asked.set(prompt, known);
    underWay += 1;
    response.on('close', () => {
      underWay -= 1;
      if (response.writableFinished) known.answered += 1;
      else known.cut += 1;
    });
    await new Promise((resolve) => setTimeout(resolve, 100 + 300 * random()));
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        choices: [{ message: { content: `So much for "${prompt}".` }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 10, completion_tokens: 5 },
      }),
    );
  });
  await new Promise((resolve) => server.listen(0, address, () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    address: `http://${address}:${port}/v1`,
    underWay: () => underWay,
    /** What was asked so far, and begins to count anew. */
    count() {
      const all = [...asked.values()];
      asked.clear();
      /** @param {(one: { answered: number, cut: number }) => number} of */
      const sum = (of) => all.reduce((total, one) => total + of(one), 0);
      return {
        prompts: all.length,
        requests: sum(({ answered, cut }) => answered + cut),
        cut: sum(({ cut }) => cut),
        answeredAgain: sum(({ answered }) => answered - 1),
      };
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
