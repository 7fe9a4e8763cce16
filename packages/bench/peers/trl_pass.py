"""The peer of `bench train`, part (b): one pass of TRL's SFTTrainer over examples of given lengths.

float32, no gradient checkpointing, batch size 8, otherwise TRL's defaults. Reads the job as a JSON
file named in the first argument, prints one line of JSON
`{"seconds": …, "steps": …, "peak_memory": bytes}`. The clock runs over `trainer.train()` alone, after a
warm-up run over one batch: memory is touched for the first time before it starts.
"""
import json
import resource
import sys
import tempfile
import time

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from tokenizers import Tokenizer, models
from trl import SFTConfig, SFTTrainer

job = json.load(open(sys.argv[1]))
torch.set_num_threads(job["threads"])
torch.manual_seed(0)
vocabulary = job["configuration"]["vocab_size"]
# TRL wants a tokenizer for its pad token; the examples themselves arrive as ids.
words = {f"t{i}": i for i in range(vocabulary)}
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=Tokenizer(models.WordLevel(words, unk_token="t0")), pad_token="t2", eos_token="t2"
)


def trainer_over(examples):
    model = LlamaForCausalLM(LlamaConfig(**job["configuration"]))
    arguments = SFTConfig(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=8, num_train_epochs=1, bf16=False, fp16=False,
        gradient_checkpointing=False, report_to=[], save_strategy="no", use_cpu=True, disable_tqdm=True,
    )
    rows = {
        "input_ids": [e["input_ids"] for e in examples],
        "completion_mask": [[0 if label == -100 else 1 for label in e["labels"]] for e in examples],
    }
    lora = LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    return SFTTrainer(
        model=model, args=arguments, train_dataset=Dataset.from_dict(rows), processing_class=tokenizer, peft_config=lora
    )


trainer_over(job["examples"][:8]).train()
trainer = trainer_over(job["examples"])
start = time.perf_counter()
trainer.train()
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "steps": trainer.state.global_step, "peak_memory": peak}), flush=True)
