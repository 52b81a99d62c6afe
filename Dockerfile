# Builds an image with `posthorn serve`. docs/operators/docker.md describes how to use it.
#
# The base is Debian, because the embedded PostgreSQL needs glibc.
ARG NODE_VERSION=24
ARG DEBIAN_VERSION=bookworm

# The package as it would be published: only what `npm pack` puts into it.
FROM node:${NODE_VERSION}-${DEBIAN_VERSION}-slim AS package
WORKDIR /src
COPY . .
RUN npm ci
RUN mkdir /package \
 && cd packages/server \
 && npm pack --silent --pack-destination /package \
 && tar -xzf /package/posthorn-*.tgz -C /package

# The packages that it needs at run time, in the versions of the lockfile.
FROM node:${NODE_VERSION}-${DEBIAN_VERSION}-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY bench/package.json bench/
COPY drills/package.json drills/
COPY packages/console/package.json packages/console/
COPY packages/consumer/package.json packages/consumer/
COPY packages/server/package.json packages/server/
# The links lead to workspaces and commands. The next stage puts the package in their place.
RUN npm ci --omit=dev --workspace=posthorn \
 && find node_modules -maxdepth 2 -type l -delete \
 && rm -rf node_modules/.package-lock.json

FROM node:${NODE_VERSION}-${DEBIAN_VERSION}-slim
# Process 1 must reap orphans, e.g. those of a PostgreSQL that was killed. Node.js does not.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/*
COPY --from=modules /app/node_modules /app/node_modules
COPY --from=package /package/package /app/node_modules/posthorn
# The embedded PostgreSQL refuses to run as root, and needs a user with an entry in /etc/passwd.
RUN ln -s /app/node_modules/posthorn/bin/posthorn.js /usr/local/bin/posthorn \
 && install --directory --owner=node --group=node --mode=700 /data
ENV NODE_ENV=production \
    POSTHORN_HOST=0.0.0.0 \
    POSTHORN_DATA_DIR=/data
# The user `node`, as a number, so that Kubernetes can check that it is not root.
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8420
STOPSIGNAL SIGTERM
# Whether the process responds. If the database is down, a restart of the container does not help.
HEALTHCHECK --interval=10s --timeout=3s --start-period=90s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.POSTHORN_PORT || 8420}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "posthorn"]
CMD ["serve"]
