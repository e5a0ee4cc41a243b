"""The runtime: numpy, ONNX Runtime and msgspec; neither Django nor PyTorch.

Read in this order: `types` (what goes in and out), `schema` (the contract of the graphs), `bundle/` and `graphs` (a
model is loaded), `state` and `stores/` (what is kept of a learner), `context` (state and counts to arrays), `intake`
(a response is taken in; `together` and `bulk`: many at once), `engine` (the whole), `policy`, `plan` and `explain`
(what follows). `http` and `cli` put it behind a port, `client` asks it there, `prior` answers when there is no model.
"""
