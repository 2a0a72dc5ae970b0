'use strict';

// Holds cards against the schemas of the published renderer: says on stdout, one line of JSON for
// each file named on the command line, what is wrong with its content and its quick replies.

const fs = require('fs');
const path = require('path');

const RENDERER = path.dirname(require.resolve('json-pollock/package.json'));
const SCHEMAS = path.join(RENDERER, 'js/schema');
// The validator the renderer itself uses, which may be older than the one of somebody else here.
const Ajv = require(require.resolve('ajv', { paths: [RENDERER] }));

const ajv = new Ajv({ format: 'full', unknownFormats: 'ignore', logger: false });
for (const name of fs.readdirSync(SCHEMAS)) {
    ajv.addSchema(JSON.parse(fs.readFileSync(path.join(SCHEMAS, name))), name);
}

/** What is wrong with something: of all alternatives that do not fit, where they fail deepest. */
function faults(schema, content) {
    if (ajv.validate(schema, content)) return [];
    const told = ajv.errors.sort((one, other) => other.dataPath.length - one.dataPath.length);
    return told.slice(0, 5).map(({ dataPath, message }) => `${dataPath} ${message}`);
}

for (const file of process.argv.slice(2)) {
    const { content, quickReplies } = JSON.parse(fs.readFileSync(file)).event;
    const wrong = content ? faults('rich_content.json', content) : [];
    // The renderer draws quick replies as buttons and has no schema for what is around them.
    const buttons = quickReplies ? quickReplies.replies : [];
    wrong.push(...buttons.flatMap((button) => faults('button.json', button)));
    process.stdout.write(`${JSON.stringify({ file: path.basename(file), wrong })}\n`);
}
