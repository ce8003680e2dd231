"""Networks as plain `torch.nn.Module`s, and a LightningModule of your own if you need one.

A new network needs two files: `models/<name>.py` with a module whose `forward` names the input's fields, and
`configs/network/<name>.yaml`.
"""
