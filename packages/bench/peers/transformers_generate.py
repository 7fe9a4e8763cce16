"""The peer of `bench generate` in float32: transformers on torch.

Arguments: the model's folder, threads. `{"ready": 1, "seconds": …}` when the model is loaded; then each line of standard input is a job
as JSON (`kind`, `prompts`, `tokens`, `continuations`), answered by `{"seconds": …}`: of `decode` what the tokens after the first took.

`write` answers with the tokens that are written after one prompt, `{"tokens": […], "logits": […]}`, and the logits after the prompt.

`score` does what lm-evaluation-harness's Hugging Face backend does with log-likelihoods, with a batch size of 8: requests from the
longest to the shortest, padded on the right to the longest of their batch, logits of every position, log_softmax over all of them,
and those of the continuation taken out.
"""
import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

begun = time.perf_counter()
torch.set_num_threads(int(sys.argv[2]))
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()


def write(prompts, count):
    ids = torch.tensor(prompts)
    start = time.perf_counter()
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=count,
        min_new_tokens=count,
        do_sample=False,
        pad_token_id=0,
    )
    return time.perf_counter() - start


def score(contexts, continuations, batch_size=8):
    start = time.perf_counter()
    requests = sorted(zip(contexts, continuations), key=lambda pair: -len(pair[0]) - len(pair[1]))
    for first in range(0, len(requests), batch_size):
        batch = requests[first : first + batch_size]
        rows = [(context + continuation)[:-1] for context, continuation in batch]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        scores = torch.nn.functional.log_softmax(model(ids).logits, dim=-1, dtype=torch.float32)
        for row, read, (_, continuation) in zip(scores, rows, batch):
            own = row[len(read) - len(continuation) : len(read)]
            target = torch.tensor(continuation)
            greedy = bool((own.argmax(-1) == target).all())
            float(own.gather(1, target[:, None]).sum()), greedy
    return time.perf_counter() - start


print(json.dumps({"ready": 1, "seconds": time.perf_counter() - begun}), flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        if line.strip() == "end":
            break
        job = json.loads(line)
        if job["kind"] == "write":
            ids = torch.tensor(job["prompts"])
            # it goes on after an end; a least number of tokens would forbid the end itself
            model.generation_config.eos_token_id = None
            written = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=job["tokens"],
                do_sample=False,
                repetition_penalty=1.0,
                pad_token_id=0,
            )
            answer = {
                "tokens": written[0, ids.shape[1] :].tolist(),
                "logits": model(ids, logits_to_keep=1).logits[0, -1].tolist(),
            }
            print(json.dumps(answer), flush=True)
            continue
        if job["kind"] == "score":
            seconds = score(job["prompts"], job["continuations"])
        elif job["kind"] == "prefill":
            seconds = write(job["prompts"], 1)
        else:
            once = write(job["prompts"], 1)
            seconds = write(job["prompts"], 1 + job["tokens"]) - once
        print(json.dumps({"seconds": seconds}), flush=True)
