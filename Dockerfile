# docker build -t photochrom .
# docker run --rm --network none -v "$PWD/album:/in:ro" -v "$PWD/colored:/out" photochrom colorize /in -o /out
FROM python:3.12 AS build
# not "slim": with a C compiler, for the kernel
COPY . /src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /src

FROM python:3.12-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl && rm -r /wheels && useradd --create-home --uid 1000 photochrom
USER photochrom
WORKDIR /home/photochrom
ENTRYPOINT ["photochrom"]
CMD ["--help"]
