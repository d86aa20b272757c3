'use strict';

const { defineConfig } = require('@medusajs/framework/utils');

const { MEDUSA_DATABASE_HOST, MEDUSA_DATABASE_URL, MEDUSA_SECRET } = process.env;

module.exports = defineConfig({
    admin: { disable: true },
    projectConfig: {
        databaseUrl: MEDUSA_DATABASE_URL,
        // Half of Medusa takes the socket's folder from the address, the other half from here.
        databaseDriverOptions: { connection: { host: MEDUSA_DATABASE_HOST, ssl: false } },
        http: { adminCors: '', authCors: '', storeCors: '', jwtSecret: MEDUSA_SECRET, cookieSecret: MEDUSA_SECRET },
    },
});
