// One of Medusa's commands, as its command line would run it: migrate, user or start.
'use strict';

const directory = __dirname;
const { MEDUSA_EMAIL, MEDUSA_PASSWORD, MEDUSA_PORT } = process.env;

const commands = {
    migrate: {
        module: '@medusajs/medusa/commands/db/migrate',
        options: { directory, executeSafeLinks: true, skipScripts: true, skipSearch: true },
    },
    user: {
        module: '@medusajs/medusa/commands/user',
        options: { directory, email: MEDUSA_EMAIL, password: MEDUSA_PASSWORD },
    },
    start: {
        module: '@medusajs/medusa/commands/start',
        options: { directory, host: '127.0.0.1', port: Number(MEDUSA_PORT) },
    },
};

// The tests hold the other end: when they are gone, so is the shop.
process.stdin.resume().on('end', () => process.exit());

const { module: path, options } = commands[process.argv[2]];
require(path).default(options);
