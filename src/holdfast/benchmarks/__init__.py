"""What Holdfast's speed is measured with: every figure beside a baseline from the same run."""
