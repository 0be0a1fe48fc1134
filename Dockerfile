# Temporal's native SDK needs glibc: no Alpine.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/examples ./examples
# For whoever works in the container: `docker compose exec worker bolna-campaigns …`
RUN chmod +x dist/client/cli.js && ln -s /app/dist/client/cli.js /usr/local/bin/bolna-campaigns
# A named volume takes its owner from here.
RUN mkdir /data && chown node:node /data
USER node
ENTRYPOINT ["node", "dist/client/cli.js"]
CMD ["worker"]
