"""Makes `scores.golden.json`: what data filters say of records by the model of `packages/nano/model`, computed with torch and
transformers in float32 as the papers' programs do it.

- IFD (Li et al. 2023): the prompt and the answer are tokenized together, the answer's tokens are those after as many as the prompt
  has alone; the mean of their losses, divided by the same after what stands before an answer that was not asked for. The second
  definition (Superfiltering, 2024) divides perplexities.
- Deita (Liu et al. 2023): the six tokens "1" to "6" at the first place after the question, softmax over their logits alone, the mean of
  1 to 6 by that; complexity times quality, summed over turns; then from the best on, each that is not more similar than a bound to one
  that is kept, by embeddings (the mean of the last hidden states, of length 1).

Made with torch 2.13 and transformers 5.24:  python make_scores.py
"""

import json
import pathlib

import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).parent
NANO = HERE.parent.parent / "nano" / "model"
ASKED = "### Instruction:\n{prompt}\n\n### Response:\n"
UNASKED = "### Response:\n"
COMPLEXITY = "Request: {prompt}\nHow hard is it, 1 to 6?\nNumber:\n"
QUALITY = "Request: {prompt}\nAnswer: {answer}\nHow good is it, 1 to 6?\nNumber:\n"
SIMILARITY = 0.9

# Each is a list of turns: a question and its answer.
RECORDS = [
    [("Name a color.", "Blue is the color of the sky.")],
    [("Name a color.", "Red is the color of a rose.")],
    [("Write a sentence about a cat.", "The cat sleeps on the warm mat near the door.")],
    [("What is two plus two?", "Four"), ("And two times two?", "It is four, too.")],
    [("Sort these words: pear, apple, fig", "apple, fig, pear")],
    [("Repeat: zq xv jw", "zq xv jw")],
    [("Is water wet? Answer yes or no.", "yes")],
    [("Write a sentence about a dog.", "The dog sleeps on the warm mat near the door.")],
]

tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(NANO / "tokenizer.json"))
model = AutoModelForCausalLM.from_pretrained(NANO, dtype=torch.float32).eval()


def encode(text):
    return tokenizer.encode(text, add_special_tokens=False)


@torch.no_grad()
def losses(context, text):
    """The losses of the text's tokens after the context."""
    start = len(encode(context))
    ids = torch.tensor([encode(context + text)])
    logits = model(ids).logits[0, start - 1 : -1]
    return torch.nn.functional.cross_entropy(logits, ids[0, start:], reduction="none").double()


@torch.no_grad()
def score(question):
    """Deita's weighing of the six numbers."""
    logits = model(torch.tensor([encode(question)])).logits[0, -1]
    numbers = [encode(str(number)) for number in range(1, 7)]
    assert all(len(ids) == 1 for ids in numbers)
    shares = torch.softmax(logits[[ids[0] for ids in numbers]].double(), dim=0)
    return float(shares @ torch.arange(1, 7, dtype=torch.float64))


@torch.no_grad()
def embedding(text):
    states = model.model(torch.tensor([encode(text)])).last_hidden_state[0].mean(dim=0)
    return states / states.norm()


def greedy(vectors, order, similarity):
    kept = []
    for index in order:
        if all(float(vectors[index] @ vectors[other]) <= similarity for other in kept):
            kept.append(index)
    return kept


rows = []
for turns in RECORDS:
    row = {"turns": turns}
    if len(turns) == 1:
        prompt, answer = turns[0]
        given = losses(ASKED.replace("{prompt}", prompt), answer).mean()
        free = losses(UNASKED, answer).mean()
        row["ifd"] = {"loss": float(given / free), "perplexity": float(given.exp() / free.exp())}
    complexity = [score(COMPLEXITY.replace("{prompt}", prompt)) for prompt, _ in turns]
    quality = [score(QUALITY.replace("{prompt}", prompt).replace("{answer}", answer)) for prompt, answer in turns]
    row["deita"] = sum(one * other for one, other in zip(complexity, quality))
    rows.append(row)

texts = ["\n".join([*(prompt for prompt, _ in turns), *(answer for _, answer in turns)]) for turns in RECORDS]
vectors = [embedding(text) for text in texts]
order = sorted(range(len(rows)), key=lambda index: -rows[index]["deita"])
cosines = [[round(float(one @ other), 6) for other in vectors] for one in vectors]
golden = {
    "asked": ASKED, "unasked": UNASKED, "complexity": COMPLEXITY, "quality": QUALITY, "rows": rows, "cosines": cosines,
    "kept": {str(similarity): sorted(greedy(vectors, order, similarity)) for similarity in (0.7, 0.9)},
}
(HERE / "scores.golden.json").write_text(json.dumps(golden, indent=1) + "\n")
print(json.dumps(golden["kept"]), [row["deita"] for row in rows], [row.get("ifd") for row in rows])
