"""What transformers computes on SmolLM2-135M-Instruct (Q4_1) decoded to float32, and prompts for `make.mjs`.

Made with torch 2.13, transformers 5.24, gguf 0.19:

    python make.py SMOLLM2.gguf

writes `prompts.json` (prompts as token ids) and `transformers.json`: for each of the first six the logits of every 997th token
after the prompt, and the id of the largest.
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = pathlib.Path(__file__).parent
QUESTIONS = [
    "What is the capital of France?", "Name three primary colors.", "Write a short poem about the sea.",
    "Explain photosynthesis in one sentence.", "Was ist die Hauptstadt von Deutschland?", "List five fruits.",
    "What is 12 plus 30?", "Give me a synonym for happy.", "Who wrote Romeo and Juliet?",
    "Translate 'good morning' into Spanish.", "How do I boil an egg?", "What does a compiler do?",
]
TEXTS = [
    "Once upon a time", "The quick brown fox", "In the beginning", "def fibonacci(n):\n", "The weather today is",
    "Paris is the capital of", "1, 2, 3, 4,", "To be, or not to be,", "Water boils at", "My favorite book is",
    "El gato está en la", "Dear Sir or Madam,\n",
]


def main(path):
    path = pathlib.Path(path)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    prompts = []
    for question in QUESTIONS:
        messages = [{"role": "user", "content": question}]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        prompts.append({"text": text, "ids": tokenizer.encode(text, add_special_tokens=False)})
    for text in TEXTS:
        prompts.append({"text": text, "ids": tokenizer.encode(text, add_special_tokens=False)})
    (HERE / "prompts.json").write_text(json.dumps(prompts, ensure_ascii=False, separators=(",", ":")) + "\n")
    rows = []
    for prompt in prompts[:3] + prompts[-3:]:
        with torch.no_grad():
            logits = model(torch.tensor([prompt["ids"]])).logits[0, -1]
        rows.append({"text": prompt["text"], "largest": int(logits.argmax()), "logits": logits[::997].tolist()})
    (HERE / "transformers.json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
