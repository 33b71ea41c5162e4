# syntax=docker/dockerfile:1
# The image of every role: `start`, `bot`, `worker`, `migrate`. The role is the command.

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No script of a dependency runs: production needs none, and the npm package `node`, which would
# download a second Node, has one.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -f node_modules/.bin/node

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
# The pattern lets the build go on where no example is.
COPY package.json LICENSE countersign.example.ym[l] ./
COPY bin ./bin
COPY drizzle ./drizzle
COPY playbooks ./playbooks
COPY scripts ./scripts
COPY src ./src
# The only folder that the process may write to: where it runs without DATABASE_URL.
RUN mkdir .countersign && chown node:node .countersign
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/countersign.js"]
CMD ["start"]
