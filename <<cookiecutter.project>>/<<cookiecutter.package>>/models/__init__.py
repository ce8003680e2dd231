"""WHAT learns: one supervised Lightning module; networks are plain `torch.nn.Module`s."""
