# The course set up: for one reader, and for the students of a hub (deploy/README.md).
#
#   docker build -t learning-to-learn .
#   docker run --rm -p 127.0.0.1:8888:8888 -v course:/student learning-to-learn
#
# For a class build it in the students' copy of `class pack`: an image shows all that is in it.
# With PyTorch's build for GPUs: --build-arg UV_TORCH_BACKEND=cu130
FROM python:3.11-slim-bookworm
ARG UV_TORCH_BACKEND=cpu
RUN useradd --create-home --home-dir /student --uid 1000 student
WORKDIR /course
COPY . .
RUN python3 start.py setup \
    && .venv/bin/python -m pip install --no-cache-dir -r requirements-hub.txt nbgitpuller
ENV PATH=/course/.venv/bin:$PATH
USER student
WORKDIR /student
EXPOSE 8888
# The course is root's and stays as it is; a reader's notebooks lie in the reader's home.
CMD ["sh", "-c", "learning-to-learn copy && exec jupyter lab --ip=0.0.0.0 --port=8888 --no-browser --notebook-dir=learning-to-learn --ServerApp.kernel_websocket_connection_class=course_lib.press.at_once.AtOnce"]
