"""Makes masks.golden.json: which tokens TRL 1.13 trains on, how it cuts and packs, and how LLaMA-Factory 0.9.5 does.

    python make_masks.py

needs trl, torch, transformers, and llamafactory on the path (its requirements for images and sound may be empty modules:
nothing here touches them). Conversations are rendered with the chat template of packages/nano/model, for LLaMA-Factory with
its template `chatml`, which writes the same text.
"""
import json
import os
import random
import tempfile
from types import SimpleNamespace

os.environ["DISABLE_VERSION_CHECK"] = "1"

from datasets import Dataset
from llamafactory.data.processor.supervised import SupervisedDatasetProcessor
from llamafactory.data.template import TEMPLATES
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from trl import SFTConfig, SFTTrainer, pack_dataset

here = os.path.dirname(os.path.abspath(__file__))
nano = os.path.join(here, "..", "..", "nano", "model")
tokenizer = AutoTokenizer.from_pretrained(nano)


def user(text):
    return {"role": "user", "content": text}


def answer(text):
    return {"role": "assistant", "content": text}


conversations = [
    [user("Name a river in France."), answer("The Loire.")],
    [
        {"role": "system", "content": "Answer in one word."},
        user("Capital of Italy?"),
        answer("Rome"),
        user("And of Japan? "),
        answer(" Tokyo\n"),
    ],
    [user("Count to 3."), answer("1, 2, 3"), user("On!"), answer("4, 5, 6"), user("On, naïve café 🙂"), answer("7, 8, 9, 10, 11, 12")],
    [user("Write code."), answer("```py\nprint('hi')\n```\n")],
]


def trl(rows, **options):
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    )
    arguments = SFTConfig(
        output_dir=tempfile.mkdtemp(), bf16=False, fp16=False, report_to=[], use_cpu=True, disable_tqdm=True, **options
    )
    trainer = SFTTrainer(model=model, args=arguments, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
    return [{"ids": row["input_ids"], "labels": row["labels"]} for row in trainer.train_dataset]


whole = [{"messages": messages} for messages in conversations]
last = [{"prompt": messages[:-1], "completion": messages[-1:]} for messages in conversations]


def factory(messages, **options):
    arguments = dict(cutoff_len=4096, mask_history=False, train_on_prompt=False, packing=False)
    processor = SupervisedDatasetProcessor(
        template=TEMPLATES["chatml"], tokenizer=tokenizer, processor=None, data_args=SimpleNamespace(**{**arguments, **options})
    )
    system = messages[0]["content"] if messages[0]["role"] == "system" else None
    turns = messages[1:] if system is not None else messages
    ids, labels = processor._encode_data_example(turns[:-1], turns[-1:], system, None, [], [], [])
    return {"ids": ids, "labels": labels}


class Pairs:
    """Stands in for a template: its pairs are numbered tokens of given lengths."""

    efficient_eos = False
    preserve_thinking = False
    mm_plugin = TEMPLATES["chatml"].mm_plugin

    def __init__(self, lengths):
        at = iter(range(1, 10**6))
        self.pairs = [([next(at) for _ in range(s)], [next(at) for _ in range(t)]) for s, t in lengths]

    def encode_multiturn(self, *_):
        return self.pairs


def cut(lengths, cutoff, mask_history):
    processor = SupervisedDatasetProcessor(
        template=Pairs(lengths),
        tokenizer=tokenizer,
        processor=None,
        data_args=SimpleNamespace(cutoff_len=cutoff, mask_history=mask_history, train_on_prompt=False, packing=False),
    )
    ids, labels = processor._encode_data_example([user("")], [answer("")], None, None, [], [], [])
    return {"lengths": lengths, "maximumLength": cutoff, "lastFirst": mask_history, "ids": ids}


draw = random.Random(0)
cuts = [
    cut([[draw.randint(1, 20), draw.randint(1, 20)] for _ in range(draw.randint(1, 5))], draw.randint(1, 50), mask_history)
    for _ in range(40)
    for mask_history in (False, True)
]


def bins(lengths, tokens):
    rows = Dataset.from_dict({"input_ids": [[0] * length for length in lengths]})
    packed = pack_dataset(rows, seq_length=tokens, strategy="bfd", map_kwargs={"batch_size": len(lengths)})
    return {"lengths": lengths, "tokens": tokens, "rows": len(packed)}


packings = [
    bins([min(tokens, int(draw.lognormvariate(3.5, 0.8)) + 1) for _ in range(count)], tokens)
    for count, tokens in [(10, 64), (100, 128), (300, 256), (200, 97)]
]

golden = {
    "conversations": conversations,
    "trl": {
        "assistantOnly": trl(whole, assistant_only_loss=True, max_length=None),
        "plain": trl(whole, max_length=None),
        "completion": trl(last, max_length=None),
        "keepStart": trl(whole, assistant_only_loss=True, max_length=24),
        "keepEnd": trl(whole, assistant_only_loss=True, max_length=24, truncation_mode="keep_end"),
    },
    "llamaFactory": {
        "answers": [factory(messages) for messages in conversations],
        "maskHistory": [factory(messages, mask_history=True) for messages in conversations],
        "trainOnPrompt": [factory(messages, train_on_prompt=True) for messages in conversations],
    },
    "cuts": cuts,
    "packings": packings,
}
with open(os.path.join(here, "masks.golden.json"), "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
