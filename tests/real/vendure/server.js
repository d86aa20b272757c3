// A Vendure shop without plugins: its own rules of stock are what the tests are about.
'use strict';

const { Readable } = require('node:stream');

const { DefaultLogger, LogLevel, bootstrap, dummyPaymentHandler } = require('@vendure/core');

const { VENDURE_DATABASE, VENDURE_DATABASE_HOST, VENDURE_DATABASE_USER, VENDURE_PASSWORD, VENDURE_PORT } = process.env;

// The tests hold the other end: when they are gone, so is the shop.
process.stdin.resume().on('end', () => process.exit());

// Files are kept as long as the shop runs, and are their own previews.
const files = new Map();
const write = async (name, data) => {
    files.set(name, data);
    return name;
};
const gathered = async (stream) => {
    const chunks = [];
    for await (const chunk of stream) {
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
};
const storage = {
    writeFileFromBuffer: write,
    writeFileFromStream: async (name, stream) => write(name, await gathered(stream)),
    readFileToBuffer: async (name) => files.get(name),
    readFileToStream: async (name) => Readable.from(files.get(name)),
    deleteFile: async (name) => void files.delete(name),
    fileExists: async (name) => files.has(name),
};

bootstrap({
    apiOptions: { hostname: '127.0.0.1', port: Number(VENDURE_PORT), cors: false },
    assetOptions: {
        assetStorageStrategy: storage,
        assetPreviewStrategy: { generatePreviewImage: async (_context, _type, data) => data },
    },
    authOptions: {
        requireVerification: false,
        superadminCredentials: { identifier: 'superadmin', password: VENDURE_PASSWORD },
        tokenMethod: ['bearer', 'api-key'],
    },
    dbConnectionOptions: {
        type: 'postgres',
        host: VENDURE_DATABASE_HOST,
        username: VENDURE_DATABASE_USER,
        database: VENDURE_DATABASE,
        synchronize: true,
    },
    logger: new DefaultLogger({ level: LogLevel.Warn }),
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    plugins: [],
}).catch((error) => {
    console.error(error);
    process.exit(1);
});
