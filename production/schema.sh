#!/bin/sh
# Brings both databases to the schema of this version of the server: creates what is missing, leaves what is there. The tool
# reads where PostgreSQL is from SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD.
set -eu

bring() {
  temporal-sql-tool --database "$1" create-database
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "postgresql/v12/$2"
}

bring temporal temporal
bring temporal_visibility visibility
