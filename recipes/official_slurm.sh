#!/bin/bash
# The second table of Kang 2023 on a SLURM cluster, a GPU a network: recipes/official_gpu.toml.
#   bash recipes/official_slurm.sh          # from the clone, with the environment activated
# Three jobs: the table, its images and the pre-training; 51 tasks that share the networks (17
# variants of 3 seeds); the page. A task that was cut short is done by submitting all of it again:
# finished networks are kept, others resume from their last epoch.
set -euo pipefail
RECIPE=${RECIPE:-recipes/official_gpu.toml}
TASKS=${TASKS:-51}
# Swin-L at 224 pixels and the two systems at 512 need the most; see python -m benchmarks systems.
GPU=(--gres=gpu:1 --cpus-per-task=8 --mem=64G)

prepare=$(sbatch --parsable "${GPU[@]}" --time=2-00:00:00 --job-name=official-prepare --wrap \
  "labelassemble assemble $RECIPE && labelassemble pretrain $RECIPE")
train=$(sbatch --parsable "${GPU[@]}" --time=4-00:00:00 --job-name=official-train \
  --dependency="afterok:$prepare" --array="0-$((TASKS - 1))" --wrap \
  "labelassemble experiment official-split $RECIPE --cluster.tasks $TASKS --cluster.task \$SLURM_ARRAY_TASK_ID")
sbatch --dependency="afterok:$train" --job-name=official-page --time=02:00:00 --cpus-per-task=8 --mem=64G \
  --wrap "labelassemble experiment official-split $RECIPE"
