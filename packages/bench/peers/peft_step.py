"""The peer of `bench train`, part (a): one LoRA step with transformers + PEFT on torch, when asked.

Protocol: a line `step` on standard input runs one step; each step answers one line of JSON
`{"seconds": …, "loss": …}` on standard output. The first line out is `{"ready": true}`.
Shape, rows, threads and `dtype` (float32 or bfloat16, of the weights) come as one JSON argument, and torch's `device` where it is not the CPU.
"""
import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
torch.manual_seed(0)
device = job.get("device", "cpu")
model = LlamaForCausalLM(LlamaConfig(**job["configuration"])).to(device, getattr(torch, job["dtype"]))
lora = LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
model = get_peft_model(model, lora)
model.train()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-4)
input_ids = torch.tensor([job["input_ids"]], device=device)
labels = torch.tensor([job["labels"]], device=device)
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    if line.strip() != "step":
        break
    start = time.perf_counter()
    loss = model(input_ids=input_ids, labels=labels, use_cache=False).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    # waits for the device
    loss = float(loss)
    print(json.dumps({"seconds": time.perf_counter() - start, "loss": loss}), flush=True)
