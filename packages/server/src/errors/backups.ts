/** Errors of backup, restore and upgrade-database. */
export const backupErrors = {
  PH_BACKUP_DAMAGED: {
    status: 500,
    message: "The backup cannot be used: {reason}.",
    hint: "Use another backup. Nothing was stored.",
  },
  PH_BACKUP_NEWER: {
    status: 500,
    message: "The backup was made by a newer version of Posthorn, {version}.",
    hint: "Restore it with that version or a later one. Nothing was stored.",
  },
  PH_BACKUP_OTHER_BUILD: {
    status: 500,
    message:
      "The backup was made by an unreleased build of Posthorn with different tables ({found}).",
    hint: "Restore it with that build. Nothing was stored.",
  },
  PH_BACKUP_KEY_WRONG: {
    status: 500,
    message:
      "Secrets in the backup are encrypted with keys that are not configured here: {missing}.",
    hint: "{remedy} Nothing was stored.",
  },
  PH_DATABASE_NOT_EMPTY: {
    status: 500,
    message: "The database to restore into is not empty: {reason}.",
    hint: "Restore into a new database or into a new data folder. Nothing was stored.",
  },
  PH_FILE_EXISTS: {
    status: 500,
    message: "The file {file} already exists.",
    hint: "Choose another name, or remove the file first.",
  },
  PH_DATA_DIR_EMPTY: {
    status: 500,
    message: "The data folder {dataDir} contains no database.",
    hint: "Set POSTHORN_DATA_DIR to the service's data folder, or set DATABASE_URL.",
  },
  PH_DATA_DIR_OLDER: {
    status: 500,
    message:
      "The data folder {dataDir} contains a database of PostgreSQL {found}, but this version of " +
      "Posthorn runs PostgreSQL {own}.",
    hint: "Run posthorn upgrade-database, which moves it and keeps the old files.",
  },
  PH_DATA_DIR_NEWER: {
    status: 500,
    message:
      "The data folder {dataDir} contains a database of PostgreSQL {found}, but this version of " +
      "Posthorn runs PostgreSQL {own}.",
    hint: "Start the version of Posthorn that has used this folder last.",
  },
  PH_OLD_PROGRAMS: {
    status: 500,
    message: "The programs of PostgreSQL {major}, which can read the old database, are missing.",
    hint: "{remedy}",
  },
} as const;
