#!/bin/sh
# Installs what the PostgreSQL 15 pass needs on Debian: the server, the real pg_cron, plpgsql_check. Needs root.
set -eu

if [ -x /usr/lib/postgresql/15/bin/pg_dump ] &&
  [ -f /usr/share/postgresql/15/extension/pg_cron.control ] &&
  [ -f /usr/share/postgresql/15/extension/plpgsql_check.control ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo 'Expected to run as root, to install postgresql-15, postgresql-15-cron and postgresql-15-plpgsql-check' >&2
  exit 1
fi
# No cluster of Debian's own: the tests make theirs.
mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
  postgresql-15 postgresql-15-cron postgresql-15-plpgsql-check
