# The box of `exercises grade` where there is no bubblewrap: Python and packages, none of the course.
#
#   docker build -f deploy/box.Dockerfile --build-arg PYTHON=3.11 -t learning-to-learn-box:3.11 .
#
# PYTHON is that of the course's own .venv: code crosses between the two. `podman build` does the same.
ARG PYTHON=3.11
# Not the slim one: learn2learn is compiled.
FROM python:${PYTHON}-bookworm
ARG UV_TORCH_BACKEND=cpu
WORKDIR /packages
COPY requirements.txt constraints.lock ./
COPY packaging ./packaging
RUN pip install --no-cache-dir uv \
    && uv pip install --system --no-cache -r requirements.txt
