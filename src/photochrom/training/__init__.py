"""A batch's road (torch): folders to shards to batches to a trained network to an ONNX file with its card."""
