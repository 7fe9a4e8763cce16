"""Writes auxiliary-loss.golden.json: the loss of PET with its auxiliary loss of masked text, (1 - a) * L_CE + a * L_MLM, by torch.

A label's score is the mean of the mask position's logits over the words of its verbalizer (Schick and Schuetze 2021). The documents are
rows of a test as they were drawn: which tokens are masked is an input here, and the test holds its own drawing to it.

Run with torch 2.13 and transformers 5.24: python auxiliary-loss.py
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import BertForMaskedLM

ALPHA = 0.25
# [CLS] it was [MASK] ! the cats sat on a mat [SEP], then the same with tokens masked; and so on
DOCUMENTS = [
    [2, 13, 14, 4, 21, 5, 6, 10, 7, 8, 11, 9, 3],
    [2, 4, 14, 4, 21, 5, 6, 24, 7, 11, 26, 9, 3],
    [2, 11, 12, 22, 4, 22, 13, 14, 18, 19, 20, 3],
    [2, 11, 4, 22, 4, 22, 13, 4, 18, 4, 4, 3],
    [2, 4, 6, 4, 8, 5, 9, 4, 4, 13, 4, 23, 3],
]
# document, place, and the token that was there
MASKED = [
    [1, 1, 13], [1, 7, 10], [1, 9, 8], [1, 10, 11],
    [3, 2, 12], [3, 7, 14], [3, 9, 19], [3, 10, 20],
    [4, 1, 5], [4, 3, 7], [4, 7, 22], [4, 8, 24],
]
# good: great, fair; poor: bad
VERBALIZER = [[15, 17], [16]]
# document, place of its gap, right label
QUESTIONS = [(0, 3, 1), (2, 4, 0)]

fixtures = Path(__file__).parents[5] / "models/test-support/fixtures"
model = BertForMaskedLM.from_pretrained(fixtures / "bert_mlm").eval()

logits = [model(input_ids=torch.tensor([ids])).logits[0] for ids in DOCUMENTS]
scores = torch.stack(
    [torch.stack([logits[d][at][words].mean() for words in VERBALIZER]) for d, at, _ in QUESTIONS]
)
choice = cross_entropy(scores, torch.tensor([right for _, _, right in QUESTIONS]))
masked = cross_entropy(
    torch.stack([logits[d][at] for d, at, _ in MASKED]), torch.tensor([token for _, _, token in MASKED])
)
loss = (1 - ALPHA) * choice + ALPHA * masked
loss.backward()
squares = sum((p.grad**2).sum() for p in model.parameters() if p.grad is not None)

golden = {
    "alpha": ALPHA,
    "documents": DOCUMENTS,
    "masked": MASKED,
    "choice_loss": choice.item(),
    "masked_loss": masked.item(),
    "loss": loss.item(),
    "gradient_norm": squares.sqrt().item(),
}
Path(__file__).with_suffix(".golden.json").write_text(json.dumps(golden) + "\n")
