"""The peer of `bench tokens`: TRL's preparation of conversations, from messages to masked, packed rows.

Tokenizing, the mask of the assistant's tokens and packing by best-fit decreasing, as `SFTTrainer` does them before it trains
(`assistant_only_loss`, `packing`), in as many processes as the job says. Reads the job as a JSON file named in the first
argument, prints one line of JSON `{"seconds": …, "tokens": …, "supervised": …, "rows": …}`. The clock runs over the preparation
alone: the conversations lie in memory as a data set, and nothing is in a cache.
"""
import json
import sys
import tempfile
import time

from datasets import Dataset, disable_progress_bars
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from trl import SFTConfig, SFTTrainer

job = json.load(open(sys.argv[1]))
disable_progress_bars()
tokenizer = AutoTokenizer.from_pretrained(job["model"])
with open(job["conversations"]) as lines:
    conversations = Dataset.from_list([json.loads(line) for line in lines])
seconds = 0.0
prepare = SFTTrainer._prepare_dataset


def timed(self, *arguments, **options):
    global seconds
    start = time.perf_counter()
    prepared = prepare(self, *arguments, **options)
    seconds += time.perf_counter() - start
    return prepared


SFTTrainer._prepare_dataset = timed
shape = LlamaConfig(
    vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1
)
arguments = SFTConfig(
    output_dir=tempfile.mkdtemp(),
    assistant_only_loss=True,
    packing=True,
    max_length=job["maximumLength"],
    dataset_num_proc=job["processes"],
    bf16=False,
    fp16=False,
    report_to=[],
    use_cpu=True,
    disable_tqdm=True,
)
trainer = SFTTrainer(
    model=LlamaForCausalLM(shape), args=arguments, train_dataset=conversations, processing_class=tokenizer
)
rows = trainer.train_dataset
tokens = sum(len(ids) for ids in rows["input_ids"])
supervised = sum(sum(label != -100 for label in labels) for labels in rows["labels"])
print(json.dumps({"seconds": seconds, "tokens": tokens, "supervised": supervised, "rows": len(rows)}), flush=True)
