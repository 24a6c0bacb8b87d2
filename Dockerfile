# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock .
RUN python -m venv /opt/crewhall \
 && /opt/crewhall/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/crewhall/bin/pip install --no-cache-dir --disable-pip-version-check --no-build-isolation --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/crewhall --create-home crewhall
COPY --from=build /opt/crewhall /opt/crewhall
ENV PATH=/opt/crewhall/bin:$PATH CREWHALL_HOME=/var/lib/crewhall PYTHONUNBUFFERED=1
USER crewhall
VOLUME /var/lib/crewhall
EXPOSE 8000
CMD ["crewhall", "up"]
